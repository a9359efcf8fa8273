"""DeepLabv3+ as it is, but narrow and with few units: for what does not depend on its size."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from segmentation.networks import deeplabv3plus, layouts
from segmentation.networks.deeplabv3plus import DeepLabV3Plus
from segmentation.networks.resnet import ResNet

UNITS, WIDTHS = (1, 1, 2, 3), (8, 8, 8, 16, 24)


def small_deeplab(stages: tuple[int, ...] = (), num_classes: int = 5, seed: int = 0, **options) -> DeepLabV3Plus:
    """In evaluation mode, with torch's own start values; the same seed gives the same weights."""
    torch.manual_seed(seed)
    with pytest.MonkeyPatch.context() as patch:
        make_deeplabs_small(patch)
        return DeepLabV3Plus(UNITS, num_classes, stages=stages, **options).eval()


def make_deeplabs_small(patch: pytest.MonkeyPatch) -> None:
    """For as long as the patch lasts, every DeepLabv3+ that is built is a small one."""
    patch.setattr(deeplabv3plus, "ResNet", partial(ResNet, widths=WIDTHS))
    patch.setattr(deeplabv3plus, "WIDTH", 16)
    patch.setitem(layouts.DEEPLABS, "r50", UNITS)

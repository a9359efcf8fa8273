from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from one_thread import one_thread  # noqa: F401 - for every test here
from prepared_planes import write_planes

from training.ablate.options import AblateOptions
from training.options import TrainOptions

SPLITS = ("train",) * 6 + ("val",) * 3


@pytest.fixture(scope="session")
def planes(tmp_path_factory) -> Path:
    """A folder of six training and three validation samples, 64x48; never to be changed."""
    return write_planes(tmp_path_factory.mktemp("planes") / "data", splits=SPLITS).root


@pytest.fixture
def grid_of(planes, tmp_path) -> Callable[..., AblateOptions]:
    """Options of a grid of short runs; those of TrainOptions change what the runs share."""

    def options(**changed: Any) -> AblateOptions:
        shared = {
            "data": planes, "out": tmp_path / "grid", "epochs": 2, "batch_size": 2, "input_size": (64, 48),
            "device": "cpu", "workers": 0,
        }  # fmt: skip
        shared.update({name: changed.pop(name) for name in list(changed) if name in TrainOptions.__slots__})
        own = {"host": "deresunet-lite", "seeds": (0,), "only": ("convolution",), **changed}
        return AblateOptions(run=TrainOptions(**shared), **own)

    return options

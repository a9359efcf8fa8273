from __future__ import annotations

import pytest
import torch
from small_deeplab import small_deeplab

from segmentation.models import build_model
from segmentation.networks.network import Network
from training.deep_supervision import SideHeads, watched_steps


def network(family: str) -> Network:
    return build_model("malleable-deresunet-lite", 5).eval() if family == "deresunet" else small_deeplab((1, 4))


@pytest.mark.parametrize(
    ("family", "supervision", "steps", "strides"),
    [
        ("deresunet", "decoder", ("bridge", "up3", "up2"), (32, 16, 8)),
        ("deresunet", "encoder", ("encoder.color.layer3.1",), (16,)),
        ("deeplab", "decoder", ("aspp",), (16,)),
        ("deeplab", "encoder", ("encoder.layer3.1",), (16,)),
    ],
)
def test_side_heads_watch_what_they_should_and_leave_the_network_as_it_was(family, supervision, steps, strides) -> None:
    watched = network(family)
    heads = SideHeads(watched, supervision)
    inputs = torch.rand(1, 3, 64, 96), torch.ones(1, 1, 64, 96), torch.full((1, 2), 80.0)
    with torch.no_grad():
        before = watched(*inputs)
        with watched_steps(watched, heads.steps) as maps:
            watched(*inputs)
        logits = heads(maps)
        assert torch.equal(watched(*inputs), before)
    assert tuple(maps) == heads.steps == steps
    assert [tuple(side.shape) for side in logits] == [(1, 5, 64 // stride, 96 // stride) for stride in strides]
    assert not any(module._forward_hooks for module in watched.modules())


def test_the_auxiliary_head_sees_the_end_of_the_third_stage() -> None:
    watched = network("deeplab")
    inputs = torch.rand(1, 3, 32, 32), torch.ones(1, 1, 32, 32), torch.full((1, 2), 80.0)
    taken = []
    watched.encoders()["encoder"].get_submodule("layer4.0").register_forward_pre_hook(
        lambda _, given: taken.append(given[0])
    )
    with torch.no_grad(), watched_steps(watched, SideHeads(watched, "encoder").steps) as maps:
        watched(*inputs)
    (third,) = maps.values()
    assert torch.equal(third, taken[0])

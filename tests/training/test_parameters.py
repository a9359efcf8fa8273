from __future__ import annotations

from segmentation.malleable import MalleableConv2d
from segmentation.models import build_model
from training.deep_supervision import SideHeads
from training.parameters import parameter_groups


def test_every_parameter_is_in_one_group_and_only_convolutions_decay() -> None:
    network = build_model("malleable-deresunet-lite", 5)
    heads = SideHeads(network, "decoder")
    decayed, rest = (group["params"] for group in parameter_groups([network, heads]))
    expected = {*map(id, network.parameters()), *map(id, heads.parameters())}
    assert len(decayed) + len(rest) == len(expected)
    assert {*map(id, decayed), *map(id, rest)} == expected
    assert min(parameter.ndim for parameter in decayed) >= 4
    assert max(parameter.ndim for parameter in rest) == 1


def test_what_a_malleable_layer_asks_to_keep_does_not_decay(monkeypatch) -> None:
    """Also where it is shaped like a weight."""
    network = build_model("malleable-deresunet-lite", 5)
    layers = [layer for layer in network.modules() if isinstance(layer, MalleableConv2d)]
    monkeypatch.setattr(MalleableConv2d, "no_weight_decay_parameters", lambda layer: iter([layer.weight]))
    decayed, rest = (group["params"] for group in parameter_groups([network]))
    for layer in layers:
        assert any(layer.weight is parameter for parameter in rest)
        assert not any(layer.weight is parameter for parameter in decayed)

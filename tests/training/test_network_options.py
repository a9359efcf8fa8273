from __future__ import annotations

import pytest

from console.errors import UsageError
from segmentation.models import MALLEABLE_OPTIONS, build_model
from training.network_options import network_option_words, parse_network_options

WORDS = [
    "stages=1,2", "kernels=2", "learn_range=no", "rebalance=yes", "encoders=both", "output_stride=2", "farthest_m=7.5",
]  # fmt: skip


def test_words_become_values_and_words_again() -> None:
    options = parse_network_options(WORDS)
    assert options == {
        "stages": (1, 2), "kernels": 2, "learn_range": False, "rebalance": True, "encoders": "both", "output_stride": 2,
        "farthest_m": 7.5,
    }  # fmt: skip
    assert network_option_words(options) == WORDS


def test_the_networks_take_every_malleable_option() -> None:
    options = parse_network_options(WORDS)
    assert set(MALLEABLE_OPTIONS) <= set(options)
    layers = dict(build_model("malleable-deresunet-lite", 5, **options).named_modules())
    fixed = layers["encoder.color.layer1.0.conv1"]
    assert fixed.get_parameter("centres").shape == (4,)
    assert not fixed.get_parameter("centres").requires_grad
    assert fixed.get_parameter("rebalancing").requires_grad
    assert layers["encoder.color.layer3.0.conv1"].get_parameter("weight").dim() == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["kernels"], "--network kernels: write it as NAME=VALUE"),
        (["layers=3"], "--network layers: use one of stages, kernels, learn_range, rebalance, encoders"),
        (["kernels=2", "kernels=3"], "--network kernels: given twice"),
        (["kernels=0"], "--network kernels=0: give a number from 1"),
        (["kernels=two"], "give a number from 1"),
        (["output_stride=1.5"], "give a number from 1"),
        (["stages="], "give different stages among 1,2,3,4"),
        (["stages=1,5"], "give different stages among 1,2,3,4"),
        (["stages=1,1"], "give different stages among 1,2,3,4"),
        (["learn_range=True"], "give yes or no"),
        (["encoders=depth"], "give color or both"),
        (["farthest_m=-1"], "give metres above 0"),
        (["depth_std_m=wide"], "give metres above 0"),
    ],
)
def test_what_is_no_option_is_told_in_one_line(words, said) -> None:
    with pytest.raises(UsageError) as caught:
        parse_network_options(words)
    assert said in str(caught.value)

from __future__ import annotations

from pathlib import Path

import pytest

from app.bench.options import ENGINES, BenchOptions, parse_engines, parse_list
from console.errors import UsageError


def test_all_engines_are_those_of_the_live_program_but_auto() -> None:
    assert parse_engines("all") == ENGINES == ("torch", "onnx", "openvino", "tensorrt", "torch-compile")
    assert parse_engines("openvino,torch") == ("openvino", "torch")


def test_what_is_named_twice_is_measured_once() -> None:
    assert parse_list("--models", "a, b,a") == ("a", "b")


@pytest.mark.parametrize("text", ["", ",", "a,,b", "a, "])
def test_an_empty_name_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--models"):
        parse_list("--models", text)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"engines": ("auto",)}, "--engines auto: choose from torch, onnx"),
        ({"engines": ("torch", "abacus")}, "abacus"),
        ({"models": ("none",)}, "no network"),
        ({"frames": 0}, "at least 1"),
        ({"runs": 0}, "at least 1"),
        ({"out": Path("table.txt")}, "must end in .json"),
        ({"precision": "fp7"}, "--precision fp7"),
        ({"bag": Path("a.db3"), "frames_dir": Path("b")}, "name one source only"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(given, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        BenchOptions(**given)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)

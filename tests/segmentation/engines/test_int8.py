"""Quantising: which operators compute in eight bits, and what else is looked at."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from segmentation.engines.openvino.int8 import CALIBRATION_FRAMES, EVERY, float_nodes, quantised
from segmentation.engines.openvino.library import load_nncf, openvino_core
from segmentation.errors import EngineUnavailableError

onnx = pytest.importorskip("onnx", reason="onnx is not installed (extra: int8)")
pytest.importorskip("nncf", reason="NNCF is not installed (extra: int8)")
helper, numpy_helper, TensorProto = onnx.helper, onnx.numpy_helper, onnx.TensorProto
WIDTH, HEIGHT, CHANNELS = 16, 12, 8


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """stem(color) * share(depth) -> two convolutions -> relu -> the logits' convolution."""
    rng = np.random.default_rng(0)
    shapes = {"stem": (CHANNELS, 3, 3, 3), "one": (CHANNELS,) * 2 + (3, 3), "two": (CHANNELS,) * 2 + (3, 3)}
    weights = {name: rng.normal(size=shape) for name, shape in {**shapes, "head": (4, CHANNELS, 1, 1)}.items()}
    pad = {"pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Conv", ["color", "stem"], ["seen"], "conv_stem", **pad),
        helper.make_node("Mul", ["depth_m", "focal_px"], ["steps"], "mul_depth"),
        helper.make_node("Sigmoid", ["steps"], ["share"], "share"),
        helper.make_node("Mul", ["seen", "share"], ["masked"], "mul_share"),
        helper.make_node("Conv", ["masked", "one"], ["a"], "conv_one", **pad),
        helper.make_node("Conv", ["a", "two"], ["b"], "conv_two", **pad),
        helper.make_node("Relu", ["b"], ["c"], "relu"),
        helper.make_node("Conv", ["c", "head"], ["d"], "conv_head"),
        helper.make_node("Transpose", ["d"], ["logits"], "last", perm=[0, 2, 3, 1]),
    ]
    ends = {
        "color": [1, 3, HEIGHT, WIDTH], "depth_m": [1, 1, HEIGHT, WIDTH], "focal_px": [1, 1, 1, 1],
        "logits": [1, HEIGHT, WIDTH, 4],
    }  # fmt: skip
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in ends.items()]
    tensors = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    made = helper.make_model(
        helper.make_graph(nodes, "g", values[:3], values[3:], tensors),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=10,
    )
    path = tmp_path_factory.mktemp("graph") / "graph.onnx"
    onnx.save(made, path)
    return openvino_core().read_model(path)


def frames() -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(1)
    while True:
        yield {
            "color": rng.normal(size=(1, 3, HEIGHT, WIDTH)).astype(np.float32),
            "depth_m": rng.uniform(0, 4, (1, 1, HEIGHT, WIDTH)).astype(np.float32),
            "focal_px": np.ones((1, 1, 1, 1), np.float32),
        }


def test_what_depth_reaches_and_both_ends_stay_float(model: Any) -> None:
    kinds = {node.get_friendly_name(): node.get_type_name() for node in model.get_ops()}
    stays = {name for name in float_nodes(model) if kinds[name] not in ("Parameter", "Constant")}
    convolutions = {name for name, kind in kinds.items() if kind == "Convolution"}
    assert {name.partition("/")[0] for name in stays & convolutions} == {"conv_stem", "conv_head"}
    assert {"mul_depth", "share", "mul_share"} <= stays
    assert "relu" not in stays


def test_the_rest_is_quantised_and_computes_about_the_same(model: Any) -> None:
    core, one = openvino_core(), next(frames())
    before = core.compile_model(model, "CPU")(one)[0]
    made = quantised(model, frames())
    read = {
        reader.get_node().get_friendly_name().partition("/")[0]
        for node in made.get_ops()
        if node.get_type_name() == "FakeQuantize"
        for reader in node.output(0).get_target_inputs()
    }
    assert {"conv_one", "conv_two"} <= read
    assert not read & {"conv_stem", "conv_head", "mul_depth", "share", "mul_share"}
    after = core.compile_model(made, "CPU")(one)[0]
    assert 0 < np.abs(after - before).max() < 0.05 * np.abs(before).max()


@pytest.mark.parametrize(
    ("given", "scaled_by"),
    [(70, range(32, 70, 2)), (500, range(32, 96, 2)), (33, range(32, 33)), (32, range(0, 32, 2))],
)
def test_frames_that_the_gate_does_not_see_scale_it_where_there_are_any(
    model: Any, monkeypatch, given, scaled_by
) -> None:
    one, scaled, counted = next(frames()), [], []

    def numbered() -> Iterator[dict[str, Any]]:
        for number in range(given):
            counted.append(number)
            yield {**one, "number": number}

    def quantize(model: Any, dataset: Any, **_: Any) -> Any:
        scaled.extend(item["number"] for item in dataset.get_data())
        return model

    monkeypatch.setattr(load_nncf(), "quantize", quantize)
    quantised(model, numbered())
    assert scaled == list(scaled_by)
    assert len(counted) <= 32 + EVERY * CALIBRATION_FRAMES


def test_without_a_frame_it_is_refused(model: Any) -> None:
    with pytest.raises(EngineUnavailableError, match="int8 is scaled by frames, and there are none"):
        quantised(model, iter(()))


def test_what_nncf_cannot_do_is_one_line(model: Any) -> None:
    with pytest.raises(EngineUnavailableError, match=r"NNCF cannot quantise it \(") as caught:
        quantised(model, iter([{"color": np.zeros((1, 3, 2, 2), np.float32)}]))
    assert "\n" not in str(caught.value)


def test_nothing_is_printed(model: Any, capfd: pytest.CaptureFixture[str]) -> None:
    quantised(model, frames())
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_whoever_listens_to_nncf_hears_it_as_before(model: Any) -> None:
    logger, listener = logging.getLogger("nncf"), logging.NullHandler()
    logger.addHandler(listener)
    level = logger.level
    try:
        quantised(model, frames())
    finally:
        logger.removeHandler(listener)
    assert (logger.level, listener.level) == (level, logging.NOTSET)

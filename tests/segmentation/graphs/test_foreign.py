"""Somebody else's ONNX graph: what lies beside it says what it wants, and every engine takes it for one of ours."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorrt_operators import refusals

from segmentation.engines.cache import EngineCache
from segmentation.engines.parity import LEAST_FRAMES
from segmentation.engines.request import CheckFrame, CheckFrames, EngineRequest
from segmentation.errors import CheckpointError
from segmentation.graphs.document import read_document
from segmentation.graphs.provide import obtain_graph
from segmentation.model_source import find_model
from segmentation.segmenter import load_segmenter

onnx = pytest.importorskip("onnx", reason="onnx is not installed (extra: onnx)")
pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra: onnx)")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

WIDTH, HEIGHT, CLASSES = 64, 48, 5
WEIGHTS = np.random.default_rng(0).normal(size=(CLASSES, 4)).astype(np.float32)
PLAIN = {
    "name": "theirs",
    "classes": list("abcde"),
    "color": {"input": "rgb"},
    "depth": {"input": "depth"},
    "output": {"name": "out"},
}


@dataclass
class Theirs:
    """A network that weighs three colours and a depth, as others might export it. Names may be those of ours."""

    color: str = "rgb"
    depth: str = "depth"
    out: str = "out"
    layout: str = "NCHW"
    softmax: bool = False
    focal: str | None = None
    half: bool = False
    opset: int = 18
    size: tuple[Any, Any] = (WIDTH, HEIGHT)
    weights: np.ndarray = field(default_factory=lambda: WEIGHTS)

    def write(self, path: Path, description: dict[str, Any] | None) -> Path:
        kind = TensorProto.FLOAT16 if self.half else TensorProto.FLOAT
        width, height = self.size
        channels_last = self.layout == "NHWC"
        sides = lambda count: [1, height, width, count] if channels_last else [1, count, height, width]  # noqa: E731
        axis = 3 if channels_last else 1
        nodes = [helper.make_node("Concat", [self.color, self.depth], ["both"], axis=axis)]
        if channels_last:
            nodes.append(helper.make_node("Transpose", ["both"], ["planes"], perm=[0, 3, 1, 2]))
        nodes.append(helper.make_node("Conv", ["planes" if channels_last else "both", "labels"], ["scores"]))
        if self.focal is not None:  # every score times fx / fy
            nodes += [
                helper.make_node(
                    "Split", [self.focal], ["fx", "fy"], axis=1, **({"num_outputs": 2} if self.opset >= 18 else {})
                ),
                helper.make_node("Div", ["fx", "fy"], ["aspect"]),
                helper.make_node("Mul", ["scores", "aspect"], ["turned"]),
            ]
        last = nodes[-1].output[0]
        if channels_last:
            nodes.append(helper.make_node("Transpose", [last], ["rows"], perm=[0, 2, 3, 1]))
            last = "rows"
        nodes.append(
            helper.make_node("Softmax", [last], [self.out], axis=axis)
            if self.softmax
            else helper.make_node("Identity", [last], [self.out])
        )
        inputs = [(self.color, kind, sides(3)), (self.depth, kind, sides(1))]
        inputs += [(self.focal, TensorProto.FLOAT, [1, 2])] if self.focal else []
        weights = self.weights[:, :, None, None].astype(np.float16 if self.half else np.float32)
        graph = helper.make_graph(
            nodes,
            "theirs",
            [helper.make_tensor_value_info(*each) for each in inputs],
            [helper.make_tensor_value_info(self.out, kind, [None] * 4)],
            [numpy_helper.from_array(weights, "labels")],  # a name of ours, for something else
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=9)
        path.write_bytes(model.SerializeToString())
        if description is not None:
            path.with_suffix(".json").write_text(json.dumps(description))
        return path


def a_frame() -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    rng = np.random.default_rng(1)
    depth_m = rng.uniform(0.5, 4, (HEIGHT, WIDTH)).astype(np.float32)
    depth_m[:, :9] = 0
    return rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8), depth_m, (120.0, 60.0)


def expected_scores(
    mean: Any, std: Any, depth: np.ndarray, *, order: int = 1, weights: np.ndarray = WEIGHTS
) -> np.ndarray:
    """What the network says of the frame, by hand: (H, W, C)."""
    color = (a_frame()[0] / 255 - mean) / std
    return np.concatenate((color[..., ::order], depth[..., None]), axis=-1) @ weights.T.astype(np.float64)


USUAL = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
METRES = a_frame()[1]
MILLIMETRES = np.where(METRES > 0, (METRES / 0.001 - 2000.0) / 1000.0, -1.5)
RAW = {"input": "rgb", "mean": [0, 0, 0], "std": [1, 1, 1], "order": "BGR"}


@pytest.mark.parametrize(
    ("theirs", "description", "scores"),
    [
        (Theirs(), PLAIN, expected_scores(*USUAL, METRES)),
        (Theirs(opset=13), PLAIN, expected_scores(*USUAL, METRES)),
        (Theirs(size=("w", "h")), {**PLAIN, "input_size": [WIDTH, HEIGHT]}, expected_scores(*USUAL, METRES)),
        (Theirs(), {**PLAIN, "color": RAW}, expected_scores(0.0, 1.0, METRES, order=-1)),
        (
            Theirs(),
            {**PLAIN, "depth": {"input": "depth", "unit_m": 0.001, "mean": 2000, "std": 1000, "missing": -1.5}},
            expected_scores(*USUAL, MILLIMETRES),
        ),
        (
            Theirs(layout="NHWC"),
            {
                **PLAIN,
                "color": {"input": "rgb", "layout": "NHWC"},
                "depth": {"input": "depth", "layout": "NHWC"},
                "output": {"name": "out", "layout": "NHWC"},
            },
            expected_scores(*USUAL, METRES),
        ),
        (
            Theirs(softmax=True),
            {**PLAIN, "output": {"name": "out", "values": "probabilities"}},
            expected_scores(*USUAL, METRES),
        ),
        (Theirs(focal="K"), {**PLAIN, "focal_px": "K"}, 2 * expected_scores(*USUAL, METRES)),
        (
            Theirs(color="color", depth="depth_m", out="confidence"),
            {**PLAIN, "color": {"input": "color"}, "depth": {"input": "depth_m"}, "output": {"name": "confidence"}},
            expected_scores(*USUAL, METRES),
        ),
    ],
    ids=["plain", "opset 13", "any size", "raw BGR", "millimetres", "NHWC", "probabilities", "focal", "our names"],
)  # fmt: skip
def test_it_gets_what_it_wants_and_its_scores_mean_what_they_do(tmp_path: Path, theirs, description, scores) -> None:
    segmenter = load_segmenter(theirs.write(tmp_path / "x.onnx", description), engine="onnx", device="cpu")
    color, depth_m, focal_px = a_frame()
    result = segmenter.predict(color, depth_m, focal_px)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    top_two = np.sort(scores, axis=-1)[..., -2:]
    clear = top_two[..., 1] - top_two[..., 0] > 1e-3
    assert clear.mean() > 0.95
    assert (result.labels == scores.argmax(axis=-1) + 1)[clear].all()
    np.testing.assert_allclose(result.confidence, shares.max(axis=-1), atol=2e-3)
    assert segmenter.trained
    assert (segmenter.model_name, segmenter.classes.names) == ("theirs", ("void", *"abcde"))


def test_it_becomes_a_graph_of_ours(tmp_path: Path) -> None:
    """In half precision, since the ends are not."""
    path = Theirs(half=True).write(tmp_path / "x.onnx", PLAIN)
    request = EngineRequest(find_model(path), cache=EngineCache(tmp_path / "cache"))
    ours = obtain_graph(request)
    document = read_document(ours)
    assert document is not None
    assert (document["graph"]["precision"], find_model(ours).card.model) == ("fp16", "theirs")
    assert refusals(onnx.load(ours)) == []
    assert obtain_graph(request) == ours
    labels = load_segmenter(ours, engine="onnx", device="cpu").predict(*a_frame()).labels
    assert (labels == expected_scores(*USUAL, METRES).argmax(axis=-1) + 1).mean() > 0.98


def test_other_engines_are_compared_with_it_as_with_one_of_ours(tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason="OpenVINO is not installed (extra: openvino)")
    frames = CheckFrames("the same again", lambda: [CheckFrame(*a_frame())] * LEAST_FRAMES)
    path = Theirs().write(tmp_path / "x.onnx", PLAIN)
    segmenter = load_segmenter(path, engine="openvino", device="cpu", check_frames=frames)
    labels = segmenter.predict(*a_frame()).labels
    assert (labels == expected_scores(*USUAL, METRES).argmax(axis=-1) + 1).mean() > 0.98


def test_another_description_makes_it_another_model(tmp_path: Path) -> None:
    path = Theirs().write(tmp_path / "x.onnx", PLAIN)
    first = find_model(path).fingerprint
    Theirs().write(path, {**PLAIN, "depth": {"input": "depth", "unit_m": 0.001}})
    assert find_model(path).fingerprint != first


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (None, "there is no x.json beside it to say which input is colour and which is depth"),
        ({"name": ...}, "name is missing"),
        ({"color": ...}, "color is missing among classes, depth"),
        ({"classes": ...}, "class_set is missing"),
        ({"classes": []}, "classes: expected a list of 1..255 classes, got []"),
        ({"classes": [{"name": "a", "color": [0, 0, 300]}]}, "three whole numbers 0..255 as color of a"),
        ({"classes": ..., "class_set": "ade20k"}, "class_set: expected one of sunrgbd37, nyu40, nyu13, cityscapes19"),
        ({"classes": list("abc")}, "gives 5 values a pixel, but 3 classes are named"),
        ({"colour": 1}, "unknown entry colour"),
        ({"color": {"input": "rgb", "std": [1, 0, 1]}}, "standard deviations must be positive"),
        ({"color": {"input": "rgb", "mean": 0.5}}, "color.mean: expected three numbers"),
        ({"color": {"input": "rgb", "layout": "HWC"}}, 'color.layout: expected one of NCHW, NHWC, got "HWC"'),
        ({"depth": {"input": "depth", "unit_m": 0}}, "depth.unit_m: expected a number above 0, got 0"),
        ({"depth": {"input": "depth", "unit": 1}}, "unknown entry depth.unit"),
        ({"depth": {"input": "disparity"}}, "has no input 'disparity'; it has rgb, depth"),
        ({"output": {"name": "masks"}}, "has no output 'masks'; it has out"),
        ({"input_size": [64]}, "input_size: expected width and height in pixels, got [64]"),
        ({"input_size": [640, 480]}, "takes 64x48, but the JSON beside it says 640x480"),
        ({"focal_px": 5}, "focal_px: expected a name, got 5"),
        ({"focal_px": [0] * 1000}, "focal_px: expected a name, got [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,"),
        ({"depth": {"input": "depth", "std": 10**400}}, "depth.std: int too large"),
        ({"color": {"input": "rgb", "layout": "NHWC"}}, "input 'rgb' takes 1x3x48x64, but would get 1x3x48x3"),
        ({"output": {"name": "out", "layout": "NHWC"}}, "gives 64 values a pixel, but 5 classes are named"),
    ],
)  # fmt: skip
def test_a_description_that_does_not_fit_is_one_line_that_says_where(tmp_path: Path, change, said) -> None:
    changed = None if change is None else {**PLAIN, **change}
    description = changed and {name: value for name, value in changed.items() if value is not ...}
    path = Theirs().write(tmp_path / "x.onnx", description)
    with pytest.raises(CheckpointError) as caught:
        obtain_graph(EngineRequest(find_model(path), cache=EngineCache(tmp_path / "cache")))
    assert said in str(caught.value)
    assert "x." in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (Theirs(opset=11), "opset 11; export it with opset 13 or newer"),
        (Theirs(size=("w", "h")), "takes images of any size; say which with input_size beside it"),
        (Theirs(size=(64, 10_000)), "expected width and height in 1..8192, got .64, 10000."),
        (Theirs(focal="K"), "nothing is said of its input 'K'"),
    ],
)
def test_a_graph_that_cannot_be_taken_is_one_line_that_says_why(tmp_path: Path, theirs: Theirs, said: str) -> None:
    with pytest.raises(CheckpointError, match=said):
        find_model(theirs.write(tmp_path / "x.onnx", PLAIN))


def batch_of_four(model: Any) -> None:
    for entry in model.graph.input:
        entry.type.tensor_type.shape.dim[0].dim_value = 4


def three_depths(model: Any) -> None:
    model.graph.input[1].type.tensor_type.shape.dim[1].dim_value = 3


def another_size_for_depth(model: Any) -> None:
    model.graph.input[1].type.tensor_type.shape.dim[2].dim_value = HEIGHT // 2


def five_axes_of_depth(model: Any) -> None:
    model.graph.input[1].type.tensor_type.shape.dim.add(dim_value=1)


def bytes_for_color(model: Any) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8


def no_opset(model: Any) -> None:
    del model.opset_import[:]


def labels_in_place_of_scores(model: Any) -> None:
    model.graph.node[-1].CopyFrom(helper.make_node("ArgMax", ["scores"], ["out"], axis=1, keepdims=0))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (batch_of_four, "input 'rgb' takes 4x3x48x64, but would get 1x3x48x64"),
        (three_depths, "input 'depth' takes 1x3x48x64, but would get 1x1x48x64"),
        (another_size_for_depth, "input 'depth' takes 1x1x24x64, but would get 1x1x48x64"),
        (five_axes_of_depth, "input 'depth' takes 1x1x48x64x1, but would get 1x1x48x64"),
        (bytes_for_color, "input 'rgb' takes uint8, but would get floating-point numbers"),
        (no_opset, "opset 0; export it with opset 13 or newer"),
        (labels_in_place_of_scores, "cannot be given the ends of ours"),
    ],
)
def test_a_graph_that_takes_or_gives_something_else_is_one_line_that_says_what(tmp_path: Path, spoil, said) -> None:
    path = Theirs().write(tmp_path / "x.onnx", PLAIN)
    model = onnx.load(path)
    spoil(model)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(CheckpointError) as caught:
        obtain_graph(EngineRequest(find_model(path), cache=EngineCache(tmp_path / "cache")))
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[" * 200_000, "", "[]", b"\xff".decode("latin-1")])
def test_a_description_that_is_none_is_one_line(tmp_path: Path, text: str) -> None:
    path = Theirs().write(tmp_path / "x.onnx", None)
    path.with_suffix(".json").write_bytes(text.encode("latin-1"))
    with pytest.raises(CheckpointError, match=r"x\.json: ") as caught:
        find_model(path)
    assert "\n" not in str(caught.value)


def test_other_weights_in_a_file_beside_it_make_it_another_model(tmp_path: Path) -> None:
    """Else what was made of the weights before would be found again, and used."""
    path = Theirs().write(tmp_path / "x.onnx", PLAIN)
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="x.data", size_threshold=0)
    request = EngineRequest(find_model(path), cache=EngineCache(tmp_path / "cache"))
    content = obtain_graph(request).read_bytes()
    (tmp_path / "x.data").write_bytes(WEIGHTS[::-1].tobytes())
    again = EngineRequest(find_model(path), cache=EngineCache(tmp_path / "cache"))
    assert obtain_graph(again).read_bytes() != content

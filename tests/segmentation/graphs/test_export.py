"""What leaves as ONNX: standard operators only, the same figures in ONNX Runtime, and all that an engine must know."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from small_deeplab import small_deeplab
from tensorrt_operators import refusals

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.errors import CheckpointError, EngineUnavailableError
from segmentation.graphs import export as exporting
from segmentation.graphs.document import read_document, read_graph_card
from segmentation.graphs.ends import INPUTS, OUTPUTS
from segmentation.graphs.export import export_graph
from segmentation.model_source import ModelSource, find_model
from segmentation.models import MODEL_NAMES, build_model

onnx = pytest.importorskip("onnx", reason="onnx is not installed (extra: onnx)")
onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra: onnx)")
pytest.importorskip("onnxscript", reason="onnxscript is not installed (extra: onnx)")

FLOAT, HALF, INT32 = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.INT32
ENDS = dict.fromkeys((*INPUTS, *OUTPUTS), FLOAT) | {"labels": INT32}


def frame(width: int, height: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """With steps in depth from 0.2 to 10 m, whose squares in grid steps are beyond float16, and holes."""
    generator = torch.Generator().manual_seed(seed)
    depth_m = torch.where(torch.rand(1, 1, height, width, generator=generator) < 0.5, 0.2, 10.0)
    depth_m[..., ::5] = 0
    return torch.randn(1, 3, height, width, generator=generator), depth_m, torch.tensor([[900.0, 850.0]])


def run(path: Path, inputs: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    fed = {name: value.numpy() for name, value in zip(INPUTS, inputs, strict=True)}
    return [torch.from_numpy(output) for output in session.run(list(OUTPUTS), fed)]


def assert_ends_in_labels(outputs: list[torch.Tensor], logits: torch.Tensor, atol: float) -> None:
    """logits: (1, C, h, w) of torch; the best two of a pixel must be as far apart as rounding can move them."""
    labels, confidence, given = outputs
    torch.testing.assert_close(given.permute(0, 3, 1, 2), logits, rtol=0, atol=atol)
    best_two = logits.topk(2, dim=1).values
    clear = best_two[:, 0] - best_two[:, 1] > 2 * atol
    assert clear.float().mean() > 0.5
    assert torch.equal(labels[clear], (logits.argmax(dim=1) + 1).int()[clear])
    torch.testing.assert_close(confidence, logits.softmax(dim=1).amax(dim=1), rtol=0, atol=atol)


@torch.no_grad()
def test_a_malleable_network_as_a_graph(graph: Path, source: ModelSource) -> None:
    model = onnx.load(graph)
    assert refusals(model) == []
    assert {entry.name: entry.type.tensor_type.elem_type for entry in (*model.graph.input, *model.graph.output)} == ENDS
    network = source.network()
    for inputs in (frame(64, 48), (frame(64, 48)[0], torch.zeros(1, 1, 48, 64), frame(64, 48)[2])):
        expected = network(*inputs)
        assert_ends_in_labels(run(graph, inputs), expected, atol=1e-4 * float(expected.std()))
    stored = sum(np.prod(tensor.dims, dtype=int) for tensor in model.graph.initializer)
    assert stored < 1.01 * sum(weight.numel() for weight in network.parameters()) + 1000, "weights are stored once"


@torch.no_grad()
def test_half_precision_keeps_relative_depth_and_the_ends_in_full(tmp_path: Path, capfd) -> None:
    """With one malleable layer, the dilated one: exporting more takes long and shows no more.

    Exporting says nothing of its own, and draws no random numbers.
    """
    path, card = tmp_path / "half.onnx", ModelCard("deeplab", class_set("nyu13"), (64, 56))
    make = lambda: small_deeplab((4,), num_classes=13)  # noqa: E731 - an export takes its network over
    network, drawn = make(), torch.get_rng_state()
    report = export_graph(card, network, path, precision="fp16")
    assert torch.equal(torch.get_rng_state(), drawn)
    assert capfd.readouterr() == ("", "")
    model = onnx.load(path)
    assert refusals(model) == []
    assert {entry.name: entry.type.tensor_type.elem_type for entry in (*model.graph.input, *model.graph.output)} == ENDS
    weights = {node.input[1] for node in model.graph.node if node.op_type == "Conv"}
    assert len(weights) > 9
    assert {tensor.data_type for tensor in model.graph.initializer if tensor.name in weights} == {HALF}
    assert (report.nodes, report.bytes) == (len(model.graph.node), path.stat().st_size)
    assert sum(report.ops.values()) == report.nodes

    inputs = frame(64, 56)
    expected = make()(*inputs)
    assert_ends_in_labels(run(path, inputs), expected, atol=0.02 * float(expected.std()))


def test_a_graph_says_what_it_is(graph: Path, source: ModelSource) -> None:
    document = read_document(graph)
    assert document is not None
    facts = document["graph"]
    assert facts["precision"] == "fp32"
    assert facts["output_stride"] == 4
    assert facts["logits_layout"] == "NHWC"
    assert facts["weights"] == source.fingerprint
    assert facts["made_with"]["torch"] == torch.__version__
    assert json.dumps(document["card"]) == json.dumps(source.card.as_document())
    found = find_model(graph)
    assert (found.is_graph, found.card.input_size, found.card.trained) == (True, (64, 48), True)
    with pytest.raises(EngineUnavailableError, match="is an exported graph; use --engine openvino, onnx or tensorrt"):
        found.network()


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "no such file"), (b"", "not an ONNX graph"), (b"not a graph at all " * 20, "not an ONNX graph")],
)
def test_what_is_no_graph_is_one_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "x.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CheckpointError, match=said) as caught:
        find_model(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"), [("{", "cannot be read"), ('{"card": {}}', "describes no model"), ("[]", "describes no model")]
)
def test_metadata_that_make_no_sense_are_one_line(graph: Path, tmp_path: Path, text: str, said: str) -> None:
    model = onnx.load(graph)
    onnx.helper.set_model_props(model, {"rgbd_live": text})
    onnx.save(model, tmp_path / "x.onnx")
    with pytest.raises(CheckpointError, match=said):
        read_graph_card(tmp_path / "x.onnx")


def test_more_weights_than_one_file_holds_are_refused_before_anything_is_exported(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(exporting, "LARGEST_FILE_BYTES", 10_000)
    with pytest.raises(EngineUnavailableError, match=r"does not fit an ONNX file of 2 GB; use --precision fp16 or"):
        export_graph(ModelCard("d", class_set("nyu13")), small_deeplab(num_classes=13), tmp_path / "x.onnx")
    assert not (tmp_path / "x.onnx").exists()


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("name", MODEL_NAMES)
def test_every_network_is_one_that_tensorrt_takes(tmp_path: Path, name: str, precision) -> None:
    path = tmp_path / "x.onnx"
    card = ModelCard(name, class_set("nyu13"), (64, 64))
    export_graph(card, build_model(name, 13).eval(), path, precision=precision)
    assert refusals(onnx.load(path)) == []
    assert all(output.isfinite().all() for output in run(path, frame(64, 64)))

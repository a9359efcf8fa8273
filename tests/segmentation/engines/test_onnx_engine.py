"""ONNX Runtime as the engine, beside what holds for every engine (test_every_engine)."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny_graph import CARD, SIZE, write_tiny_graph

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.engines import cpu_threads
from segmentation.engines.cache import EngineCache
from segmentation.engines.onnx_engine import OnnxEngine, make
from segmentation.engines.request import EngineRequest
from segmentation.errors import CheckpointError, EngineFailedError, EngineMemoryError, EngineUnavailableError
from segmentation.model_source import find_model
from segmentation.segmenter import load_segmenter

onnx = pytest.importorskip("onnx", reason="onnx is not installed (extra: onnx)")
onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra: onnx)")

ROOT = Path(__file__).resolve().parents[3]
WIDTH, HEIGHT = SIZE
FRAME = np.full((HEIGHT, WIDTH, 3), 90, np.uint8), np.full((HEIGHT, WIDTH), 2, np.float32), (30.0, 30.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_tiny_graph(tmp_path / "tiny.onnx")


def request_for(path: Path, **options) -> EngineRequest:
    return EngineRequest(find_model(path), cache=EngineCache(path.parent / "cache"), **{"device": "cpu", **options})


def with_weights(path: Path, value: float) -> Path:
    model = onnx.load(path)
    weight = next(tensor for tensor in model.graph.initializer if tensor.name == "weight")
    filled = np.full(tuple(weight.dims), value, np.float32)
    weight.CopyFrom(onnx.numpy_helper.from_array(filled, "weight"))
    onnx.save(model, path)
    return path


def test_a_graph_is_what_its_own_engines_are_compared_with(path: Path) -> None:
    engine, key = make(request_for(path), may_build=True)
    assert key is None
    assert (engine.name, engine.device_name, engine.precision) == ("onnx", "cpu", "fp32")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_graph_that_gives_nan_is_noticed_nevertheless(path: Path, value: float) -> None:
    engine = make(request_for(with_weights(path, value)), may_build=True).engine
    with pytest.raises(EngineUnavailableError, match=f"engine onnx: {CARD.model} gives NaN or infinity$"):
        engine.run(*FRAME)


def test_its_logits_are_not_copied(path: Path) -> None:
    """label_map wants them pixel by pixel, as the graph gives them."""
    logits = OnnxEngine(CARD, path).run(*FRAME).scores.logits  # pyright: ignore[reportOptionalMemberAccess]
    assert logits.shape == (1, 4, HEIGHT, WIDTH)
    assert logits.is_contiguous(memory_format=torch.channels_last)


def test_a_damaged_graph_is_one_line(path: Path, tmp_path: Path) -> None:
    content = path.read_bytes()
    for damaged in (content[: len(content) // 2], b"", content.replace(b"ArgMax", b"ArgMix")):
        path.write_bytes(damaged)
        with pytest.raises(CheckpointError) as caught:
            OnnxEngine(CARD, path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (replace(CARD, input_size=(64, 48)), "but its model takes"),
        (ModelCard("tiny", class_set("nyu13"), SIZE), "but its model has 13 classes"),
    ],
)
def test_a_graph_that_is_not_what_its_card_says_is_refused(path: Path, card: ModelCard, said: str) -> None:
    with pytest.raises(CheckpointError, match=said):
        OnnxEngine(card, path)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Failed to allocate memory", EngineMemoryError),
        ("Non-zero status code. CUDA failure 2: out of memory ; GPU=0", EngineMemoryError),
        ("Non-zero status code. CUDA failure 700: an illegal memory access was encountered ; GPU=0", EngineFailedError),
        ("CUDNN failure 5000: CUDNN_STATUS_EXECUTION_FAILED ; GPU=0", EngineFailedError),
        ("Non-zero status code returned while running Conv node", EngineUnavailableError),
    ],
)
def test_what_fails_on_a_frame_is_one_line_of_its_kind(path: Path, monkeypatch, said: str, kind: type) -> None:
    def fail(*_: object) -> None:
        raise onnxruntime.capi.onnxruntime_pybind11_state.Fail(f"{said}\nand more")

    engine = OnnxEngine(CARD, path)
    monkeypatch.setattr(engine, "_session", SimpleNamespace(run=fail))
    with pytest.raises(EngineUnavailableError) as caught:
        engine.run(*FRAME)
    assert type(caught.value) is kind
    assert str(caught.value) == f"engine onnx on cpu: failed on a frame ({said})"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"precision": "fp16"}, "precision fp16 needs a CUDA device"),
        ({"precision": "bf16"}, "precision bf16 is not one of engine onnx"),
        ({"precision": "int8"}, "precision int8 is not one of engine onnx"),
    ],
)
def test_what_it_does_not_have_is_one_line(path: Path, options, said: str) -> None:
    with pytest.raises(EngineUnavailableError, match=said):
        make(request_for(path, **options), may_build=True)


@pytest.mark.parametrize("precision", ["int8", ["fp32"], None])
def test_metadata_that_name_no_precision_of_a_graph_are_refused(path: Path, precision: object) -> None:
    """With int8 it would be held to less than others are."""
    with pytest.raises(CheckpointError, match="do not say its precision"):
        OnnxEngine(CARD, with_precision(path, precision))


def test_a_graph_is_not_run_in_another_precision_than_was_asked_for(path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match=r"tiny.onnx is fp16, not fp32; use --precision auto"):
        make(request_for(with_precision(path, "fp16"), precision="fp32"), may_build=True)


def with_precision(path: Path, precision: object) -> Path:
    model = onnx.load(path)
    document = {"card": CARD.as_document(), "graph": {"precision": precision}}
    onnx.helper.set_model_props(model, {"rgbd_live": json.dumps(document)})
    onnx.save(model, path)
    return path


def test_torch_does_not_run_a_graph(path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="is an exported graph; use --engine openvino, onnx or tensorrt"):
        load_segmenter(path, engine="torch", device="cpu")


def test_a_graph_without_our_metadata_is_not_run_as_one_of_ours(path: Path) -> None:
    model = onnx.load(path)
    del model.metadata_props[:]
    onnx.save(model, path)
    with pytest.raises(CheckpointError, match="do not say its precision; export it again"):
        OnnxEngine(CARD, path)


@pytest.mark.parametrize("library", ["onnx", "onnxruntime"])
def test_without_its_libraries_the_cure_is_one_line(path: Path, monkeypatch, library: str) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(EngineUnavailableError, match=rf"package {library}, .*pip install 'rgbd-live\[onnx\]'"):
        make(request_for(path), may_build=True)


class FakeRuntime:
    """An ONNX Runtime with these providers, which falls back to the CPU if it is broken, as the real one does."""

    def __init__(self, *providers: str, broken: bool = False) -> None:
        self.providers, self.broken, self.asked = list(providers), broken, None
        self.SessionOptions = onnxruntime.SessionOptions
        self.__version__ = "9.9"

    def get_available_providers(self) -> list[str]:
        return self.providers

    def InferenceSession(self, path: str, options, providers):
        self.options, self.asked = options, providers
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        used = "CPUExecutionProvider" if self.broken or isinstance(providers[0], str) else providers[0][0]
        names = ("get_inputs", "get_outputs", "get_modelmeta", "run")
        return SimpleNamespace(**{name: getattr(session, name) for name in names}, get_providers=lambda: [used])


@pytest.fixture
def gpu(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "A GPU")


CUDA = "CUDAExecutionProvider", "CPUExecutionProvider"


@pytest.mark.usefixtures("gpu")
def test_on_a_gpu_it_is_compared_as_every_engine_there(path: Path, monkeypatch) -> None:
    runtime = FakeRuntime(*CUDA)
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    engine, key = make(request_for(path, device="cuda:1"), may_build=True)
    assert runtime.asked is not None
    assert runtime.asked[0][0] == CUDA[0]
    assert (runtime.asked[0][1]["device_id"], runtime.asked[0][1]["use_tf32"]) == (1, 0)
    assert engine.device_name == "cuda:1"
    assert key is not None
    assert (key["device"], key["onnxruntime"], key["precision"]) == ("A GPU", "9.9", "fp32")


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(
    ("runtime", "said"),
    [
        (FakeRuntime("CPUExecutionProvider"), "needs onnxruntime-gpu in place of onnxruntime"),
        (FakeRuntime(*CUDA, broken=True), "finds no CUDA libraries that fit it"),
    ],
)
def test_a_gpu_that_it_cannot_use_is_one_line(path: Path, monkeypatch, runtime: FakeRuntime, said: str) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    with pytest.raises(EngineUnavailableError, match=said):
        make(request_for(path, device="cuda"), may_build=True)


@pytest.mark.parametrize(("cores", "threads"), [(math.inf, 7), (3.5, 3)])
def test_its_threads_are_torchs_within_the_containers_share_and_sleep_when_they_wait(
    path: Path, monkeypatch, cores: float, threads: int
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 7)
    monkeypatch.setattr(cpu_threads, "container_cores", lambda: cores)
    runtime = FakeRuntime("CPUExecutionProvider")
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    OnnxEngine(CARD, path)
    assert runtime.options.intra_op_num_threads == threads
    assert runtime.options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_nothing_is_reported_to_anybody(path: Path, tmp_path: Path) -> None:
    """Left alone ONNX Runtime gives the machine an identifier, and keeps what it will send in the user's cache."""
    program = (
        "import sys\n"
        "from segmentation.graphs.libraries import need\n"
        "need('onnxruntime', 'this test').InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])\n"
    )
    kept = tmp_path / "cache"
    silent_by_itself = ("ORT_DISABLE_TELEMETRY", "CI", "GITHUB_ACTIONS", "TF_BUILD", "JENKINS_URL")
    environment = {name: value for name, value in os.environ.items() if name not in silent_by_itself}
    environment |= {"XDG_CACHE_HOME": str(kept), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, env=environment, check=True)
    assert not kept.exists()

"""The GPU's frame path on a CPU: the same functions of tensors, with the graph of launches replaced by the calls."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from random_models import INPUT_SIZE, MODEL, lively_model
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.engines import torch_engine
from segmentation.engines.cuda import recording
from segmentation.engines.cuda.cuda_engine import MOST_SIZES, CudaEngine, Work
from segmentation.engines.cuda.frame_path import FramePath
from segmentation.engines.cuda.resize import ColorResize
from segmentation.engines.host_engine import unpack
from segmentation.engines.torch_engine import TorchEngine, engine_key, on_its_device
from segmentation.errors import EngineFailedError, EngineMemoryError
from segmentation.kernels import malleable_op
from segmentation.labels import label_map
from segmentation.model_source import ModelSource
from segmentation.preprocess import Preprocessor, resized_color

CPU = torch.device("cpu")
CARD = ModelCard(MODEL, class_set("nyu13"), INPUT_SIZE)
Frame = tuple[np.ndarray, np.ndarray, tuple[float, float]]


def frame(height: int, width: int, seed: int = 0) -> Frame:
    """A smooth picture with noise; depth with holes and nonsense in it."""
    rng = np.random.default_rng(seed)
    waves = 127 + 90 * np.sin(np.arange(height)[:, None, None] / 9 + np.arange(width)[None, :, None] / 13 + [0, 1, 2])
    color = (waves + rng.normal(0, 12, waves.shape)).clip(0, 255).astype(np.uint8)
    depth_m = rng.uniform(0.3, 8, (height, width)).astype(np.float32)
    depth_m[rng.random((height, width)) < 0.2] = 0
    depth_m[rng.random((height, width)) < 0.05] = rng.choice([np.nan, np.inf, -np.inf, -1])
    return color, depth_m, (500.0, 510.0)


def as_a_graph(work: Work) -> Work:
    """What a replayed graph does: its results always lie in the same memory."""
    results = work()

    def replay() -> tuple[Tensor, Tensor]:
        for kept, new in zip(results, work(), strict=True):
            kept.copy_(new)
        return results

    return replay


def cuda_engine(recorded: Callable[[Work], Work] = as_a_graph) -> CudaEngine:
    return CudaEngine(TorchEngine(CARD, lively_model(13), device="cpu"), recorded=recorded)


# --- the functions of tensors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "wanted", "levels"),
    [
        ((480, 640), (240, 320), 0),
        ((96, 128), (96, 128), 0),
        ((240, 640), (240, 320), 1),
        ((531, 681), (240, 320), 1),
        ((720, 1280), (240, 320), 1),
        ((97, 91), (48, 64), 1),
        ((24, 32), (48, 64), 1),
        ((33, 21), (48, 64), 1),
        ((100, 40), (48, 64), 1),  # shrinks one way, grows the other
        ((1, 1), (48, 64), 0),
    ],
)
def test_colours_are_resized_as_opencv_does(size: tuple[int, int], wanted: tuple[int, int], levels: int) -> None:
    color = frame(*size)[0]
    resized = ColorResize(size, wanted, CPU)(torch.from_numpy(color)).numpy()
    expected = resized_color(color, (wanted[1], wanted[0]))
    assert np.array_equal(resized, np.rint(resized))
    assert np.abs(resized - expected).max() <= levels


@pytest.mark.parametrize("size", [(96, 128), (48, 64), (531, 681), (20, 30)])
def test_the_networks_input_is_that_of_the_one_preprocessing(size: tuple[int, int]) -> None:
    color, depth_m, focal_px = frame(*size)
    expected = Preprocessor(CARD.input_size, CARD.normalisation)(color, depth_m, focal_px)
    path = FramePath(size, CARD, CPU, torch.float32)
    made = path.prepare(torch.from_numpy(color), torch.from_numpy(depth_m), expected.focal_px[0])
    assert torch.equal(made.depth_m, expected.depth_m)
    assert torch.equal(made.focal_px, expected.focal_px)
    one_level = 1 / 255 / min(CARD.normalisation.std)
    most = 0 if size in ((96, 128), (48, 64)) else 1.001 * one_level
    assert float((made.color - expected.color).abs().max()) <= most
    assert made.color.stride() == torch.empty_like(made.color, memory_format=torch.channels_last).stride()


@pytest.mark.parametrize("size", [(48, 64), (24, 32), (53, 71)])
def test_labels_are_those_of_the_one_label_map(size: tuple[int, int]) -> None:
    logits = torch.randn(1, 13, 24, 32, generator=torch.Generator().manual_seed(0)) * 3
    packed = FramePath(size, CARD, CPU, torch.float32).finish(logits)
    labels, confidence = unpack(packed.numpy(), size)
    expected = label_map(logits, size)
    assert (labels == expected.labels.numpy()).mean() > 0.9995
    np.testing.assert_allclose(confidence, expected.confidence.numpy(), atol=1e-3)


def test_the_work_of_a_frame_depends_on_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tensors without memory know shapes and types: work that looks at a value, as no graph can, fails on them.

    Nor does it bring anything from the host, which a recording may not wait for.
    """
    monkeypatch.setattr(malleable_op, "INTERPRETED", True)  # layers call the fused kernel
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda _: False)  # which knows real devices only
    there = torch.device("meta")
    path, network = FramePath((96, 128), CARD, there, torch.float16), lively_model(13).half().to(there)
    color = torch.empty(96, 128, 3, dtype=torch.uint8, device=there)
    with torch.no_grad(), _OnOneDevice():  # in inference mode it would not see into operators that are made of others
        made = path.prepare(color, torch.empty(96, 128, device=there), torch.empty(2, device=there))
        packed = path.finish(network(made.color, made.depth_m, made.focal_px))
    assert packed.device == there
    assert (packed.shape, packed.dtype) == ((3 * 96 * 128,), torch.uint8)


class _OnOneDevice(TorchDispatchMode):
    """Refuses tensors of the host."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
        assert all(each.device.type == "meta" for each in given), f"{func} takes a tensor of the host"
        return func(*args, **(kwargs or {}))


# --- the engine ----------------------------------------------------------------------------------------------------


def test_it_labels_as_torch_on_the_host_does() -> None:
    host = TorchEngine(CARD, lively_model(13), device="cpu")
    engine = cuda_engine()
    for seed, size in enumerate([(96, 128), (48, 64), (96, 128)]):
        expected, got = host.run(*frame(*size, seed)), engine.run(*frame(*size, seed))
        assert (expected.labels == got.labels).mean() > 0.9995
        np.testing.assert_allclose(got.confidence, expected.confidence, atol=2e-3)
        assert min(got.preprocess_ms, got.inference_ms, got.postprocess_ms) > 0
        np.testing.assert_allclose(
            engine.probabilities(*frame(*size, seed)), host.probabilities(*frame(*size, seed)), atol=1e-4
        )


def test_what_it_gave_outlives_the_next_frame() -> None:
    engine = cuda_engine()
    first = engine.run(*frame(96, 128))
    assert first.scores is not None
    logits = first.scores.logits
    assert logits is not None
    before = first.labels.copy(), first.confidence.copy(), logits.clone()
    second = engine.run(*frame(96, 128, seed=1))
    assert not np.array_equal(second.labels, before[0])
    assert np.array_equal(first.labels, before[0])
    assert np.array_equal(first.confidence, before[1])
    assert torch.equal(logits, before[2])
    first.labels[:] = 0  # writable


def test_a_graph_is_recorded_once_for_a_size_and_few_are_kept() -> None:
    recorded = []
    engine = cuda_engine(lambda work: (recorded.append(work), work)[1])
    sizes = [(48, 64), (96, 128), (40, 40)]
    for size in [*sizes[:MOST_SIZES], *sizes[:MOST_SIZES]]:
        engine.run(*frame(*size))
    assert len(recorded) == MOST_SIZES
    engine.run(*frame(*sizes[-1]))  # the first goes
    engine.run(*frame(*sizes[-2]))
    assert len(recorded) == MOST_SIZES + 1
    engine.run(*frame(*sizes[0]))
    assert len(recorded) == MOST_SIZES + 2


def test_another_input_size_has_graphs_of_its_own() -> None:
    engine = cuda_engine()
    smaller = engine.at_input_size((32, 32))
    host = TorchEngine(CARD, lively_model(13), device="cpu").at_input_size((32, 32))
    engine.run(*frame(96, 128))
    assert (smaller.run(*frame(96, 128)).labels == host.run(*frame(96, 128)).labels).mean() > 0.995


@pytest.mark.parametrize(
    "change", [{0: np.zeros((4, 4), np.uint8)}, {1: np.zeros((4, 4), np.float32)}, {2: (0.0, 1.0)}]
)
def test_what_is_no_frame_is_refused(change: dict) -> None:
    values = list(frame(48, 64))
    for index, value in change.items():
        values[index] = value
    with pytest.raises(ValueError, match="expected"):
        cuda_engine().run(*values)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB."), EngineMemoryError),
        (RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be ..."), EngineMemoryError),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), EngineMemoryError),
        (RuntimeError("CUDA error: an illegal memory access was encountered\nCUDA kernel ..."), EngineFailedError),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), EngineFailedError),
        (RuntimeError("cuDNN Frontend error: No execution plans support the graph."), EngineFailedError),
        (RuntimeError("GET was unable to find an engine to execute this computation"), EngineFailedError),
        (RuntimeError("Triton Error [CUDA]: an illegal memory access was encountered"), EngineFailedError),
        (RuntimeError("shape '[3]' is invalid for input of size 4"), RuntimeError),
    ],
)
def test_what_the_device_says_becomes_an_error_of_its_kind(error: RuntimeError, kind: type[RuntimeError]) -> None:
    def fail(_: Work) -> Work:
        raise error

    with pytest.raises(RuntimeError) as raised:
        cuda_engine(fail).run(*frame(48, 64))
    assert type(raised.value) is kind
    if kind is not RuntimeError:
        assert str(raised.value).startswith("device cpu: ")
        assert str(raised.value).endswith("; use --device cpu")
        assert "\n" not in str(raised.value)


def test_memory_that_lacks_while_weights_are_laid_out_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 MiB.")

    monkeypatch.setattr(torch_engine, "convolutions_channels_last", fail)
    with pytest.raises(EngineMemoryError, match=r"the network cannot be put there \(CUDA out of memory"):
        TorchEngine(CARD, lively_model(13), device="cpu")


def test_torch_on_a_gpu_is_this_engine() -> None:
    network = TorchEngine(CARD, lively_model(13), device="cpu")
    assert on_its_device(network) is network
    network.device = torch.device("cuda", 0)
    engine = on_its_device(network)
    assert isinstance(engine, CudaEngine)
    assert (engine.name, engine.precision) == ("torch", "fp32")


def test_a_report_on_one_kernel_is_none_on_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine = TorchEngine(CARD, lively_model(13), device="cpu")
    engine.device, engine.precision = torch.device("cuda", 0), "fp16"
    monkeypatch.setattr(torch.cuda, "get_device_name", str)
    (tmp_path / "kernel.py").write_text("another")
    keys = [engine_key(ModelSource(CARD, None), engine)]
    for triton in (SimpleNamespace(__version__="99"), None):
        monkeypatch.setitem(sys.modules, "triton", triton)
        keys.append(engine_key(ModelSource(CARD, None), engine))
    monkeypatch.setattr(malleable_op, "KERNEL_FILE", tmp_path / "kernel.py")
    keys.append(engine_key(ModelSource(CARD, None), engine))
    assert len({tuple(key.items()) for key in keys}) == 4
    assert [key["triton"] for key in keys[1:]] == ["99", "none", "none"]


def test_where_no_graph_can_be_recorded_the_work_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cuda = _ScriptedCuda()
    before = cuda.here
    for name in ("Stream", "stream", "current_stream", "set_stream", "synchronize", "CUDAGraph", "graph"):
        monkeypatch.setattr(recording.torch.cuda, name, getattr(cuda, name))
    streams: list[_ScriptedStream] = []
    work = recording.record(lambda: streams.append(cuda.here))
    assert len(streams) == recording.WARM_UPS + 1
    assert len({*streams, before}) == 2  # all on one other than the caller's
    with caplog.at_level(logging.WARNING):
        cuda.fails = RuntimeError("operation not permitted when stream is capturing")
        other = recording.record(lambda: streams.append(cuda.here))
    assert cuda.here is before
    assert "no CUDA graph can be recorded here (operation not permitted" in caplog.text
    count = len(streams)
    work()  # a replay
    assert cuda.replays == 1
    assert len(streams) == count
    other()
    assert len(streams) == count + 1


class _ScriptedCuda:
    """As much of torch.cuda as recording takes."""

    def __init__(self) -> None:
        self.fails: RuntimeError | None = None
        self.replays = 0
        self.here = _ScriptedStream()

    def Stream(self) -> _ScriptedStream:
        return _ScriptedStream()

    def current_stream(self) -> _ScriptedStream:
        return self.here

    def set_stream(self, stream: _ScriptedStream) -> None:
        self.here = stream

    def synchronize(self) -> None: ...

    @contextmanager
    def stream(self, stream: _ScriptedStream) -> Iterator[None]:
        before, self.here = self.here, stream
        yield
        self.here = before

    def CUDAGraph(self) -> _ScriptedCuda:
        return self

    @contextmanager
    def graph(self, _: object, *, stream: _ScriptedStream, capture_error_mode: str) -> Iterator[None]:
        assert capture_error_mode == "thread_local"
        before, self.here = self.here, stream
        yield
        if self.fails:
            raise self.fails  # when the recording is ended, before the stream is put back: as torch does it
        self.here = before

    def replay(self) -> None:
        self.replays += 1


class _ScriptedStream:
    def wait_stream(self, _: object) -> None: ...

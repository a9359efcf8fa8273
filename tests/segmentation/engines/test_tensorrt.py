"""What happens around TensorRT: building, keeping, loading, running, refusing. The library itself is a stand-in."""

from __future__ import annotations

import contextlib
import gc
import sys
from types import SimpleNamespace

import filelock
import numpy as np
import pytest
import torch
from fake_tensorrt import FREE_BYTES, GPU, BuilderFlag, install_fake, pretend_gpu
from tiny_graph import CARD, SIZE, write_tiny_graph

from segmentation.checkpoints.card import ModelCard
from segmentation.engines import tensorrt_engine
from segmentation.engines.cache import EngineCache, seal
from segmentation.engines.cache.folder import LOCK_SUFFIX
from segmentation.engines.choose import NotBuiltError
from segmentation.engines.request import EngineRequest
from segmentation.engines.tensorrt import library
from segmentation.errors import CheckpointError, EngineFailedError, EngineMemoryError, EngineUnavailableError
from segmentation.labels import label_map
from segmentation.model_source import ModelSource, find_model
from segmentation.preprocess import Preprocessor

onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra: onnx)")


@pytest.fixture
def gpu(monkeypatch):
    pretend_gpu(monkeypatch)


@pytest.fixture
def install(monkeypatch):
    """Puts a TensorRT of some version in place; gives its script."""
    yield lambda version="11.4.0.106": install_fake(monkeypatch, version)
    library.messages.cache_clear()


@pytest.fixture
def trt(gpu, install):
    return install()


@pytest.fixture
def request_(tmp_path):
    graph = write_tiny_graph(tmp_path / "tiny.onnx")
    return EngineRequest(ModelSource(CARD, graph), cache=EngineCache(tmp_path / "cache"))


def frame(seed=3):
    generator = np.random.default_rng(seed)
    depth_m = generator.uniform(0.5, 4, (48, 64)).astype(np.float32)
    return generator.integers(0, 256, (48, 64, 3), np.uint8), depth_m, (60.0, 60.0)


def made(request, *, may_build=True):
    return tensorrt_engine.make(request, may_build=may_build).engine


def test_labels_are_those_of_the_graph(trt, request_):
    engine = made(request_)
    color, depth_m, focal_px = frame()
    result = engine.run(color, depth_m, focal_px)
    given = Preprocessor(SIZE, CARD.normalisation)(color, depth_m, focal_px)
    session = onnxruntime.InferenceSession(str(request_.source.path), providers=["CPUExecutionProvider"])
    feed = {"color": given.color.contiguous().numpy(), "depth_m": given.depth_m.numpy()}
    (logits,) = session.run(["logits"], feed | {"focal_px": given.focal_px.numpy()})
    expected = label_map(torch.from_numpy(logits).permute(0, 3, 1, 2), (48, 64))
    np.testing.assert_array_equal(result.labels, expected.labels.numpy())
    np.testing.assert_array_equal(result.confidence, expected.confidence.numpy())
    assert len(np.unique(result.labels)) > 1
    assert (engine.name, engine.precision) == ("tensorrt", "fp32")


def test_scores_of_a_frame_outlive_the_next_frame(trt, request_):
    engine = made(request_)
    scores = engine.run(*frame()).scores
    before = scores.at(10, 10)
    engine.run(*frame(seed=4))
    np.testing.assert_array_equal(scores.at(10, 10), before)


def test_it_is_built_once_and_says_that_it_takes_minutes(trt, request_, caplog):
    made(request_)
    made(request_)
    assert (trt.builds, trt.deserialised) == (1, 2)
    assert [record.getMessage() for record in caplog.records] == [
        "building the TensorRT engine for A GPU: some minutes, once"
    ]


def test_types_are_the_graphs_and_float32_is_not_rounded(trt, request_):
    made(request_)
    assert trt.flags == 1 << 1
    assert trt.cleared == [BuilderFlag.TF32]
    assert trt.workspace_bytes == FREE_BYTES // 2


def test_times_of_kernels_are_kept_for_the_next_graph(trt, request_, tmp_path):
    made(request_)
    other = write_tiny_graph(tmp_path / "other.onnx", seed=8)
    times = request_.cache.path({"kind": "tensorrt-times", **tensorrt_engine.machine(torch.device("cpu"))})
    assert (times / "timing.cache").read_bytes() == b"+"
    tensorrt_engine.build_plan(other, times, torch.device("cpu"))
    assert trt.timing == [b"", b"+"]


def test_times_of_another_gpu_are_begun_anew(trt, request_, tmp_path):
    (tmp_path / "timing.cache").write_bytes(b"other GPU")
    tensorrt_engine.build_plan(request_.source.path, tmp_path, torch.device("cpu"))
    assert trt.timing == [b""]
    assert (tmp_path / "timing.cache").read_bytes() == b"+"


def test_auto_takes_it_only_where_it_was_built(trt, request_):
    with pytest.raises(NotBuiltError, match="--engine tensorrt builds it"):
        made(request_, may_build=False)
    made(request_)
    assert made(request_, may_build=False).run(*frame()).labels.shape == (48, 64)
    assert trt.builds == 1


def test_auto_exports_no_graph_to_learn_that_nothing_was_built(trt, tmp_path):
    request = EngineRequest(find_model("malleable-deresunet-lite"), cache=EngineCache(tmp_path / "cache"))
    with pytest.raises(NotBuiltError):
        made(request, may_build=False)
    assert [path for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []


@pytest.mark.timeout(60)
def test_auto_does_not_wait_for_whoever_is_building_it(trt, request_):
    path = request_.cache.path(tensorrt_engine.request_key(request_))
    with filelock.FileLock(path.with_name(path.name + LOCK_SUFFIX)), pytest.raises(NotBuiltError):
        made(request_, may_build=False)


def make_stale(request):
    """The plan becomes one of another TensorRT, with its seal as it should be."""
    candidate = tensorrt_engine.make(request, may_build=True)
    plan = request.cache.path(candidate.key) / tensorrt_engine.PLAN_FILE
    content = plan.read_bytes().replace(b"11.4.0.106", b"10.9.0.34")
    plan.write_bytes(content)
    seal(plan.parent, candidate.key)


def test_a_plan_of_another_version_is_built_again(trt, request_, caplog):
    make_stale(request_)
    assert made(request_).run(*frame()).labels.shape == (48, 64)
    assert trt.builds == 2
    assert any("made again: Version tag does not match" in record.getMessage() for record in caplog.records)


def test_auto_does_not_build_a_stale_plan_again(trt, request_):
    make_stale(request_)
    with pytest.raises(NotBuiltError):
        made(request_, may_build=False)
    assert trt.builds == 1


def test_a_damaged_plan_never_reaches_tensorrt(trt, request_):
    candidate = tensorrt_engine.make(request_, may_build=True)
    plan = request_.cache.path(candidate.key) / tensorrt_engine.PLAN_FILE
    plan.write_bytes(plan.read_bytes()[:-40])
    before = trt.deserialised
    made(request_)
    assert (trt.builds, trt.deserialised) == (2, before + 1)


def test_a_plan_is_kept_where_the_gpu_has_no_room_for_it_now(trt, request_):
    made(request_)
    trt.ill = "memory"
    with pytest.raises(EngineMemoryError, match=r"no memory left for the network \(.*out of memory\)"):
        made(request_)
    trt.ill = ""
    made(request_, may_build=False)
    assert trt.builds == 1


def test_a_plan_of_another_size_is_stale(trt, request_, tmp_path):
    write_tiny_graph(request_.source.path, size=(64, 48))  # the card says another
    with pytest.raises(EngineUnavailableError, match=r"input color is \(1, 3, 48, 64\), not \(1, 3, 24, 32\)"):
        made(request_)


def test_a_new_version_gpu_driver_or_graph_is_another_entry(gpu, install, request_, monkeypatch, tmp_path):
    device = torch.device("cpu")

    def key(graph=request_.source.path, precision="fp16", card=CARD):
        return request_.cache.path(tensorrt_engine.engine_key(graph, device, card, precision))

    install()
    keys = [key(), key(precision="fp32"), key(write_tiny_graph(tmp_path / "b.onnx", seed=8))]
    keys.append(key(card=ModelCard("tiny", CARD.classes, (64, 48))))
    install("10.13.3.9")
    keys.append(key())
    for change in ({"name": "Another GPU"}, {"minor": 7}, {"major": 12}):
        other = SimpleNamespace(**{**vars(GPU), **change})
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device, other=other: other)
        keys.append(key())
    monkeypatch.setattr(tensorrt_engine, "driver_major", lambda: 12)
    keys.append(key())
    assert len(set(keys)) == 9


@pytest.mark.parametrize(
    ("ill", "kind", "message"),
    [
        ("null", EngineUnavailableError, "does not start on this GPU .*update the NVIDIA driver"),
        ("driver", EngineUnavailableError, "CUDA initialization failure with error: 35"),
        ("parser", EngineUnavailableError, r"does not take tiny.onnx: Col2Im fold: no importer registered; use"),
        ("build", EngineUnavailableError, r"cannot build the engine \(could not find any implementation for node"),
        ("context", EngineMemoryError, "no memory left for the network"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_line(trt, request_, ill, kind, message):
    trt.ill = ill
    with pytest.raises(kind, match=message) as caught:
        made(request_)
    assert "\n" not in str(caught.value)


def test_no_memory_left_for_the_buffers(trt, request_, monkeypatch):
    def fail(device):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch.cuda, "Stream", fail)
    with pytest.raises(EngineMemoryError):
        made(request_)


def test_a_runtime_that_complained_is_never_touched_again(trt, request_):
    made(request_)
    trt.log.clear()
    trt.ill = "driver"
    with contextlib.suppress(EngineUnavailableError):
        made(request_)
    gc.collect()
    assert "runtime gone" not in trt.log  # the real one kills the process as it goes


def test_a_run_that_fails_is_a_failed_device(trt, request_):
    engine = made(request_)
    trt.ill = "run"
    with pytest.raises(EngineFailedError, match=r"^device cpu: TensorRT failed \(it does not say why\)$"):
        engine.run(*frame())


def test_an_error_of_cuda_is_a_failed_device_and_lack_of_memory_is_told_apart(trt, request_, monkeypatch):
    engine = made(request_)

    def fail(error):
        def wait(device=None):
            raise error

        monkeypatch.setattr(torch.cuda, "synchronize", wait)

    fail(torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(EngineMemoryError, match="no memory left for a frame"):
        engine.run(*frame())
    fail(RuntimeError("CUDA error: an illegal memory access was encountered\nmore"))
    with pytest.raises(EngineFailedError, match=r"illegal memory access was encountered\); use"):
        engine.run(*frame())
    engine.close()  # the device is as it is: closing must not fail too


def test_closing_gives_the_gpus_memory_back(trt, request_):
    engine = made(request_)
    engine.run(*frame())
    gc.collect()
    trt.log.clear()
    engine.close()
    gc.collect()
    assert "runtime gone" in trt.log


def test_it_runs_at_the_size_that_it_was_built_for(trt, request_):
    engine = made(request_)
    assert engine.at_input_size(SIZE) is engine
    with pytest.raises(EngineUnavailableError, match="built for 32x24"):
        engine.at_input_size((64, 48))


@pytest.mark.parametrize("precision", ["int8", "bf16", "fp16"])
def test_precisions_that_a_graph_has_not(trt, request_, precision):
    request = EngineRequest(request_.source, cache=request_.cache, precision=precision)
    with pytest.raises(EngineUnavailableError, match="use --precision fp32 or auto"):
        made(request)


def test_a_network_has_half_precision_unless_asked_otherwise():
    source = find_model("malleable-deresunet-lite")
    for asked, got in {"auto": "fp16", "fp16": "fp16", "fp32": "fp32"}.items():
        assert tensorrt_engine.resolve_precision(EngineRequest(source, precision=asked)) == got
    with pytest.raises(ValueError, match="unknown precision"):
        tensorrt_engine.resolve_precision(EngineRequest(source, precision="half"))


def test_without_a_gpu_one_line_says_so(request_):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(EngineUnavailableError, match="needs an NVIDIA GPU that torch can use"):
        made(request_)


def test_without_tensorrt_one_line_says_what_to_install(gpu, request_, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorrt", None)  # as if there were none
    with pytest.raises(EngineUnavailableError, match=r"not installed: pip install 'rgbd-live\[tensorrt\]'"):
        made(request_)


@pytest.mark.parametrize(
    "error",
    [
        ImportError("libnvinfer.so.10: cannot open shared object file"),
        ModuleNotFoundError("No module named 'tensorrt_bindings'", name="tensorrt_bindings"),
        FileNotFoundError("Could not find: nvinfer_11.dll"),
    ],
)
def test_a_broken_tensorrt(gpu, request_, monkeypatch, error):
    def fail(name):
        raise error

    monkeypatch.setattr(library, "import_module", fail)
    with pytest.raises(EngineUnavailableError, match="TensorRT does not load"):
        made(request_)


def test_a_tensorrt_that_is_too_old(gpu, install, request_):
    install("8.6.1")
    with pytest.raises(EngineUnavailableError, match=r"TensorRT 8\.6\.1 is too old, 10 or newer"):
        made(request_)


@pytest.mark.parametrize("name", ["lite.engine", "out/lite.plan"])
def test_an_engine_file_is_no_model(name):
    with pytest.raises(CheckpointError, match="give the model that it was built from, with --engine tensorrt"):
        find_model(name)

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from console.check_frames import DEMO_CHECK_FRAMES
from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.engines.folding import fold_batch_norm
from segmentation.engines.torch_engine import TorchEngine, resolve_device, resolve_precision
from segmentation.errors import CheckpointError, EngineUnavailableError, UnknownModelError
from segmentation.models import DEFAULT_MODEL, build_model
from segmentation.preprocess import Preprocessor
from segmentation.segmenter import Segmenter, load_segmenter

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


def frame(height: int = 96, width: int = 128, seed: int = 0) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 256, (-(-height // 16), -(-width // 16), 3), dtype=np.uint8)
    color = blocks.repeat(16, axis=0).repeat(16, axis=1)[:height, :width]
    depth_m = rng.uniform(0.5, 5, (height, width)).astype(np.float32)
    depth_m[rng.random((height, width)) < 0.2] = 0
    return np.ascontiguousarray(color), depth_m, (130.0, 128.0)


def lived_in(model: nn.Module, seed: int = 0) -> nn.Module:
    """Batch norms as they are after training, so that folding has something to do."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3, generator=generator)
            module.running_var.uniform_(0.5, 2, generator=generator)
            module.weight.data.uniform_(0.5, 1.5, generator=generator)
            module.bias.data.normal_(0, 0.3, generator=generator)
    return model


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return load_segmenter(engine="torch", device="cpu")


def test_the_default_is_the_trained_lite_network(segmenter: Segmenter) -> None:
    assert segmenter.model_name == DEFAULT_MODEL == "malleable-deresunet-lite"
    assert segmenter.trained
    assert segmenter.classes.name == "sunrgbd37"
    assert (segmenter.engine_name, segmenter.device_name, segmenter.precision) == ("torch", "cpu", "fp32")


@pytest.mark.parametrize(("height", "width"), [(480, 640), (96, 128), (45, 61), (200, 100), (1, 1)])
def test_labels_have_the_frames_size(segmenter: Segmenter, height: int, width: int) -> None:
    result = segmenter.predict(*frame(height, width))
    assert (result.labels.shape, result.labels.dtype) == ((height, width), np.uint8)
    assert (result.confidence.shape, result.confidence.dtype) == ((height, width), np.float16)
    assert 1 <= result.labels.min() <= result.labels.max() <= 37
    assert 0 < result.confidence.min() <= result.confidence.max() <= 1
    assert result.classes is segmenter.classes
    assert result.trained
    assert set(result.stages_ms) == {"preprocess", "inference", "postprocess"}
    assert min(result.stages_ms.values()) > 0


def test_a_name_without_weights_is_untrained_and_says_so() -> None:
    untrained = load_segmenter("deresunet-lite", engine="torch", device="cpu")
    assert not untrained.trained
    assert not untrained.predict(*frame()).trained


def test_the_same_frame_gives_the_same_bytes_from_any_segmenter(segmenter: Segmenter) -> None:
    first, between, again = segmenter.predict(*frame()), segmenter.predict(*frame(seed=1)), segmenter.predict(*frame())
    other = load_segmenter(engine="torch", device="cpu").predict(*frame())
    assert first.labels.tobytes() == again.labels.tobytes() == other.labels.tobytes()
    assert first.confidence.tobytes() == again.confidence.tobytes() == other.confidence.tobytes()
    assert first.labels.tobytes() != between.labels.tobytes()


def test_a_result_is_the_callers_to_keep(segmenter: Segmenter) -> None:
    first = segmenter.predict(*frame())
    kept = first.labels.copy()
    first.labels[:] = 0  # writable
    again = segmenter.predict(*frame())
    segmenter.predict(*frame(seed=1))
    assert np.array_equal(again.labels, kept)


def test_labels_are_those_of_the_plain_path() -> None:
    """Preprocess, the network as trained, bilinear upsampling, argmax: nothing that makes it fast changes a label."""
    card = ModelCard(DEFAULT_MODEL, class_set("nyu13"), input_size=(128, 96))
    model = lived_in(build_model(card.model, 13)).eval()
    color, depth_m, focal_px = frame(190, 250)
    made = Preprocessor(card.input_size)(color, depth_m, focal_px)
    with torch.inference_mode():
        logits = nn.functional.interpolate(model(made.color, made.depth_m, made.focal_px), (190, 250), mode="bilinear")
    best, second = logits.topk(2, dim=1).values.unbind(dim=1)
    clear = ((best - second)[0] > 1e-3).numpy()
    assert clear.mean() > 0.95
    result = Segmenter(card, TorchEngine(card, model, device="cpu")).predict(color, depth_m, focal_px)
    assert np.array_equal(result.labels[clear], (logits.argmax(dim=1)[0] + 1).numpy()[clear])


@pytest.mark.parametrize("name", ["malleable-deresunet-lite", "deresunet-lite"])
def test_folding_batch_norm_changes_nothing_and_leaves_none(name: str) -> None:
    original = lived_in(build_model(name, 5)).eval()
    folded = lived_in(build_model(name, 5)).eval()
    fold_batch_norm(folded)
    assert not [module for module in folded.modules() if isinstance(module, nn.BatchNorm2d)]
    generator = torch.Generator().manual_seed(0)
    color = torch.randn(1, 3, 64, 96, generator=generator)
    depth_m = torch.rand(1, 1, 64, 96, generator=generator) * 3
    with torch.inference_mode():
        expected = original(color, depth_m, torch.full((1, 2), 90.0))
        got = folded(color, depth_m, torch.full((1, 2), 90.0))
    torch.testing.assert_close(got, expected, atol=1e-3 * float(expected.abs().max()), rtol=0)


def test_the_network_is_fed_by_the_one_preprocessing(monkeypatch: pytest.MonkeyPatch) -> None:
    segmenter, seen = load_segmenter(engine="torch", device="cpu"), []
    output = segmenter._engine.network_output
    monkeypatch.setattr(segmenter._engine, "network_output", lambda made: (seen.append(made), output(made))[1])
    segmenter.predict(*frame(190, 250))
    expected = Preprocessor(segmenter.card.input_size, segmenter.card.normalisation)(*frame(190, 250))
    for name in ("color", "depth_m", "focal_px"):
        assert torch.equal(getattr(seen[0], name), getattr(expected, name)), name


def test_a_frame_without_depth_is_labelled(segmenter: Segmenter) -> None:
    color, depth_m, focal_px = frame()
    result = segmenter.predict(color, np.zeros_like(depth_m), focal_px)
    assert np.isfinite(result.confidence).all()
    nonsense = np.full_like(depth_m, np.nan)
    nonsense[::2] = -np.inf
    assert np.array_equal(segmenter.predict(color, nonsense, focal_px).labels, result.labels)


def test_extreme_depth_is_survived(segmenter: Segmenter) -> None:
    color, depth_m, focal_px = frame()
    depth_m[::3] = 1e-6
    depth_m[::5] = 1e6
    assert np.isfinite(segmenter.predict(color, depth_m, focal_px).confidence).all()


def test_what_is_no_frame_is_refused(segmenter: Segmenter) -> None:
    color, depth_m, focal_px = frame()
    for wrong in (
        (color[..., 0], depth_m, focal_px),
        (color.astype(np.float32), depth_m, focal_px),
        (color, depth_m[:-1], focal_px),
        (color, (depth_m * 1000).astype(np.uint16), focal_px),
        (color, depth_m, (0.0, 1.0)),
    ):
        with pytest.raises(ValueError, match=r"expected .* got"):
            segmenter.predict(*wrong)


def test_warming_up_changes_nothing(segmenter: Segmenter) -> None:
    before = segmenter.predict(*frame()).labels
    segmenter.warm_up()
    segmenter.warm_up((33, 21))
    assert np.array_equal(segmenter.predict(*frame()).labels, before)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model": "unet"}, UnknownModelError, "unknown model 'unet'; known: malleable-deresunet-lite"),
        ({"model": "missing/unet"}, CheckpointError, "model file not found: missing/unet"),
        ({"model": "unet.safetensors"}, CheckpointError, "model file not found: unet.safetensors"),
        ({"engine": "tensorrt"}, EngineUnavailableError, "engine tensorrt needs an NVIDIA GPU"),
        ({"engine": "abacus"}, ValueError, "unknown engine 'abacus'"),
        ({"device": "gpu"}, ValueError, "unknown device 'gpu'"),
        ({"device": "cuda:x"}, ValueError, "unknown device 'cuda:x'"),
        ({"device": "cpu:1"}, ValueError, "unknown device 'cpu:1'"),
        ({"device": "cuda:99"}, EngineUnavailableError, "device cuda:99: .* CUDA devices found; use --device cpu"),
        ({"device": "cpu", "precision": "fp16"}, EngineUnavailableError, "fp16 needs a CUDA device"),
        ({"device": "cpu", "precision": "int4"}, ValueError, "unknown precision 'int4'"),
    ],
)
def test_what_cannot_be_loaded_is_said(arguments: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        load_segmenter(**arguments)


def test_a_device_without_room_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 2.00 GiB.")

    monkeypatch.setattr(nn.Module, "to", full)
    with pytest.raises(EngineUnavailableError, match=r"^device cpu: .* \(CUDA out of memory\.\); use --device cpu$"):
        load_segmenter(engine="torch", device="cpu")


def test_memory_that_runs_out_while_predicting_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 2.00 GiB.")

    small = load_segmenter(engine="torch", device="cpu")
    monkeypatch.setattr(nn.Conv2d, "forward", full)
    with pytest.raises(EngineUnavailableError, match=r"^device cpu: has no memory left .*; use --device cpu$"):
        small.predict(*frame(48, 64))


def test_auto_means_half_precision_where_there_is_cuda() -> None:
    assert resolve_device("cpu").type == "cpu"
    assert resolve_precision("auto", torch.device("cpu")) == "fp32"
    assert resolve_precision("auto", torch.device("cuda:0")) == "fp16"
    assert resolve_precision("fp32", torch.device("cuda:0")) == "fp32"


@pytest.mark.gpu
@needs_cuda
def test_half_precision_on_cuda_agrees_with_full_precision_on_the_cpu() -> None:
    on_cuda = load_segmenter(engine="torch", device="cuda", check_frames=DEMO_CHECK_FRAMES)
    on_cpu = load_segmenter(engine="torch", device="cpu")
    assert on_cuda.precision == "fp16"
    half, full = on_cuda.predict(*frame(480, 640)), on_cpu.predict(*frame(480, 640))
    assert (half.labels == full.labels).mean() >= 0.99
    assert np.abs(half.confidence.astype(np.float32) - full.confidence).max() < 0.05
    assert half.labels.tobytes() == on_cuda.predict(*frame(480, 640)).labels.tobytes()


@pytest.mark.gpu
@needs_cuda
def test_cuda_labels_in_full_precision_agree_almost_everywhere() -> None:
    full = load_segmenter(engine="torch", device="cpu").predict(*frame(480, 640)).labels
    assert (load_segmenter(device="cuda", precision="fp32").predict(*frame(480, 640)).labels == full).mean() >= 0.999


def test_logits_stay_where_they_are(segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    """What becomes a numpy array has one value for each pixel, never one for each class."""
    converted = []
    to_numpy = torch.Tensor.numpy

    def watched(tensor: torch.Tensor) -> np.ndarray:
        converted.append(tensor.numel())
        return to_numpy(tensor)

    monkeypatch.setattr(torch.Tensor, "numpy", watched)
    segmenter.predict(*frame(240, 320))
    assert converted
    assert max(converted) <= 240 * 320


@pytest.mark.parametrize(("height", "width"), [(96, 128), (190, 250), (240, 320)])
def test_probabilities_are_the_softmax_of_the_upsampled_logits_and_their_best_is_the_label(height, width) -> None:
    card = ModelCard(DEFAULT_MODEL, class_set("nyu13"), input_size=(128, 96))
    model = lived_in(build_model(card.model, 13)).eval()
    color, depth_m, focal_px = frame(height, width)
    made = Preprocessor(card.input_size)(color, depth_m, focal_px)
    with torch.inference_mode():
        logits = model(made.color, made.depth_m, made.focal_px).double()
        full = nn.functional.interpolate(logits, (height, width), mode="bilinear", align_corners=False)[0]
    segmenter = Segmenter(card, TorchEngine(card, model, device="cpu"))
    probabilities = segmenter.probabilities(color, depth_m, focal_px)
    assert (probabilities.shape, probabilities.dtype) == ((13, height, width), np.float32)
    np.testing.assert_allclose(probabilities, full.softmax(dim=0).numpy(), atol=1e-3)
    second, best = np.sort(probabilities, axis=0)[-2:]
    clear = best - second > 1e-3
    assert clear.mean() > 0.9
    labels = segmenter.predict(color, depth_m, focal_px).labels
    assert np.array_equal(probabilities.argmax(axis=0)[clear] + 1, labels[clear])

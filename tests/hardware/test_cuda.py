"""What only a CUDA device can show of torch, the fused kernel and the process around them: `pytest -m gpu` with one."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from console.check_frames import DEMO_CHECK_FRAMES
from segmentation.engines.cache import EngineCache
from segmentation.engines.choose import accepted
from segmentation.engines.cuda.cuda_engine import CudaEngine
from segmentation.engines.isolated.enduring import EnduringEngine
from segmentation.engines.isolated.engine import IsolatedEngine
from segmentation.engines.request import EngineRequest
from segmentation.kernels import malleable_op
from segmentation.malleable import MalleableConv2d
from segmentation.malleable_reference import reference_forward
from segmentation.model_source import find_model
from segmentation.models import DEFAULT_MODEL
from segmentation.segmenter import Segmenter, load_segmenter

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    pytest.mark.timeout(1200),
]
DEVICE = "cuda"
# channels, outputs, kernel_size, kernels, stride, padding, dilation
LAYERS = [(64, 64, 3, 3, 1, 1, 1), (64, 128, 3, 3, 2, 1, 1), (35, 19, 3, 2, 1, 2, 2), (8, 24, (3, 5), 4, 1, (1, 2), 1)]


@pytest.fixture(scope="module")
def cuda_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CudaEngine]:
    """Torch in half precision; that it is there says that its labels are float32's."""
    cache = EngineCache(tmp_path_factory.mktemp("engines"))
    request = EngineRequest(find_model(DEFAULT_MODEL), DEVICE, "fp16", cache, DEMO_CHECK_FRAMES)
    engine = accepted("torch", request)
    assert isinstance(engine, CudaEngine)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def segmenter() -> Iterator[Segmenter]:
    segmenter = load_segmenter(engine="torch", device=DEVICE, check_frames=DEMO_CHECK_FRAMES, isolated=True)
    yield segmenter
    segmenter.close()


@pytest.mark.parametrize("tile", range(6))
@pytest.mark.parametrize("layer", LAYERS)
@torch.no_grad()
def test_the_fused_kernel_is_the_oracle_in_every_tile(layer: tuple, tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from segmentation.kernels.malleable_kernel import _tuned

    monkeypatch.setattr(malleable_op, "_refused", False)
    monkeypatch.setattr(_tuned, "configs", [_tuned.configs[tile]])  # a single one is not measured
    torch.manual_seed(0)
    made = MalleableConv2d(*layer, bias=True).eval()
    x, depth_m = torch.randn(2, layer[0], 30, 41).half(), 1.5 + 0.02 * torch.randn(2, 1, 60, 82)
    depth_m[torch.rand_like(depth_m) < 0.2] = 0
    focal_px = torch.tensor([[520.0, 480.0], [300.0, 610.0]])
    precise = x.double(), depth_m[:, :, ::2, ::2].double(), focal_px.double()
    expected = reference_forward(made.half().double(), *precise, 4.0)
    got = made.half().to(DEVICE)(x.to(DEVICE), depth_m.to(DEVICE)[:, :, ::2, ::2], focal_px.to(DEVICE), 4.0)
    assert not malleable_op._refused, "it could not be launched"
    assert (got.cpu().double() - expected).abs().max() <= 5e-3 * expected.abs().max()


def test_frames_are_one_graph_and_what_it_gives_is_the_frames_own(
    cuda_engine: CudaEngine, caplog: pytest.LogCaptureFixture
) -> None:
    direct = CudaEngine(cuda_engine.network, recorded=lambda work: work)
    with caplog.at_level(logging.WARNING):
        for index, frame in enumerate(list(DEMO_CHECK_FRAMES())[:6]):
            rows = frame.color.shape[0] - 16 * (index % 2)  # two sizes in turn
            given = frame.color[:rows], frame.depth_m[:rows], frame.focal_px
            results = [engine.run(*given) for engine in (cuda_engine, direct, cuda_engine)]
            for result in results[1:]:
                np.testing.assert_array_equal(result.labels, results[0].labels)
                np.testing.assert_array_equal(result.confidence, results[0].confidence)
    assert not caplog.records


def test_what_a_frame_gave_outlives_the_next(cuda_engine: CudaEngine) -> None:
    first, second = list(DEMO_CHECK_FRAMES())[0:9:8]
    result = cuda_engine.run(*first)
    assert result.scores is not None
    labels, pixel = result.labels.copy(), result.scores.at(10, 10)
    cuda_engine.run(*second)
    np.testing.assert_array_equal(result.labels, labels)
    np.testing.assert_array_equal(result.scores.at(10, 10), pixel)


@pytest.mark.slow
def test_a_compiled_network_is_accepted(tmp_path, caplog: pytest.LogCaptureFixture) -> None:
    request = EngineRequest(find_model(DEFAULT_MODEL), DEVICE, "fp16", EngineCache(tmp_path), DEMO_CHECK_FRAMES)
    accepted("torch-compile", request).close()
    assert "no CUDA graph" not in caplog.text


def test_a_process_that_is_killed_is_replaced_and_gives_the_same(segmenter: Segmenter) -> None:
    frame = next(iter(DEMO_CHECK_FRAMES()))
    before = segmenter.predict(*frame)
    enduring = segmenter._engine
    assert isinstance(enduring, EnduringEngine)
    assert isinstance(enduring._engine, IsolatedEngine)
    os.kill(enduring._engine.process_id, signal.SIGKILL)
    after = segmenter.predict(*frame)
    np.testing.assert_array_equal(after.labels, before.labels)
    assert (segmenter.history.restarts, segmenter.history.changes) == (1, [])
    assert segmenter.device_name == "cuda:0"

"""From the trained network's graph to labels at full size, against torch, bilinear interpolation and argmax."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from console.check_frames import demo_frames
from segmentation.engines.request import CheckFrame, EngineRequest
from segmentation.model_source import ModelSource, find_model
from segmentation.models import DEFAULT_MODEL
from segmentation.preprocess import Preprocessor
from sensors.align import Aligner
from sensors.open import SourceOptions, open_source

pytest.importorskip("onnxscript", reason="onnxscript is not installed (extra: onnx)")
pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra: onnx)")
ROUNDING = 2e-4  # of logits, that two engines may differ by


@pytest.fixture(scope="module")
def trained() -> ModelSource:
    return find_model(DEFAULT_MODEL)


@pytest.fixture(scope="module")
def logits_of(trained: ModelSource) -> Callable[[CheckFrame], torch.Tensor]:
    network, preprocess = trained.network(), Preprocessor(trained.card.input_size, trained.card.normalisation)

    def logits(frame: CheckFrame) -> torch.Tensor:
        prepared = preprocess(*frame)
        return network(prepared.color, prepared.depth_m, prepared.focal_px)

    return logits


@pytest.fixture(scope="module")
def label(trained: ModelSource) -> Callable[[CheckFrame], torch.Tensor]:
    from segmentation.engines.onnx_engine import make

    engine = make(EngineRequest(trained, device="cpu"), may_build=True).engine
    return lambda frame: torch.from_numpy(engine.run(*frame).labels)


@torch.inference_mode()
def assert_exact(logits_of, label, frame: CheckFrame) -> None:
    """No label differs, but where torch's best two are closer than rounding; and that is nearly nowhere."""
    best = F.interpolate(logits_of(frame), size=frame.color.shape[:2], mode="bilinear").topk(2, dim=1)
    clear = (best.values[:, 0] - best.values[:, 1] > ROUNDING)[0]
    assert clear.float().mean() > 0.998
    assert torch.equal(label(frame)[clear].long(), (best.indices[0, 0] + 1)[clear])


def test_on_the_demo(logits_of, label) -> None:
    for frame in islice(demo_frames(), 0, 60, 30):
        assert_exact(logits_of, label, frame)
        assert_exact(logits_of, label, frame._replace(depth_m=0 * frame.depth_m))


@pytest.mark.parametrize("folder", ["kitchen_sequence", "realsense_rooms"])
def test_on_real_frames(logits_of, label, sample_data: Path, folder: str) -> None:
    align = Aligner()
    with open_source(SourceOptions(frames=sample_data / folder)) as source:
        for raw in islice(source, 0, 20, 10):
            frame = align(raw)
            pixels = CheckFrame(frame.color, frame.depth_m, (frame.intrinsics.fx, frame.intrinsics.fy))
            assert_exact(logits_of, label, pixels)

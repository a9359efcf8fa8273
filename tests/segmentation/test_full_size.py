"""The networks at the size that the slides describe: gigabytes and seconds, so not among the ordinary tests."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation.segmenter import load_segmenter


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["deresunet-r50", "malleable-deresunet-r50", "malleable-deresunet-r50-4ch"])
def test_the_faithful_widths_label_a_frame_the_same_way_twice(name: str) -> None:
    rng = np.random.default_rng(0)
    color = rng.integers(0, 256, (480, 640, 3), np.uint8)
    depth_m = rng.uniform(0, 4, (480, 640)).astype(np.float32)
    segmenter = load_segmenter(name, engine="torch", device="cpu")
    first, again = (segmenter.predict(color, depth_m, (600.0, 600.0)) for _ in range(2))
    assert first.labels.shape == (480, 640)
    assert first.labels.min() >= 1
    assert np.isfinite(first.confidence).all()
    assert first.labels.tobytes() == again.labels.tobytes()

"""Loads the default model on the best engine that is ready, preparing none, and lets it label one frame."""

import json

import numpy as np

from segmentation.models import DEFAULT_MODEL
from segmentation.segmenter import load_segmenter

segmenter = load_segmenter(DEFAULT_MODEL)
result = segmenter.predict(np.zeros((48, 64, 3), np.uint8), np.ones((48, 64), np.float32), (60.0, 60.0))
if result.labels.shape != (48, 64):
    raise RuntimeError(f"labels of shape {result.labels.shape} for a frame of 64x48")
answer = {
    "name": segmenter.model_name,
    "trained": segmenter.trained,
    "engine": segmenter.engine_name,
    "device": segmenter.device_name,
    "precision": segmenter.precision,
    "reason": segmenter.engine_reason,
}
print(json.dumps(answer))

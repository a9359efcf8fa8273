"""Pixel accuracy of models near the truth's edges, where coarse logits would be seen first.

python benchmarks/model_card/edges.py --data ROOMS --model FILE [--model FILE ...]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.classes import ids_from_labels
from segmentation.segmenter import load_segmenter
from training.evaluate.scoring.score import read_frame
from training.metrics import ConfusionMatrix
from training.samples.open import open_dataset, samples_of

WITHIN_PX = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="test rooms")
    parser.add_argument("--model", type=Path, action="append", required=True)
    options = parser.parse_args()
    index = open_dataset(options.data)
    for model in options.model:
        segmenter = load_segmenter(model, device="cpu", engine="torch")
        whole, near = (ConfusionMatrix(len(segmenter.classes)) for _ in range(2))
        for sample in samples_of(index, "test"):
            frame = read_frame(index, sample, len(segmenter.classes))
            found = ids_from_labels(segmenter.predict(frame.color, frame.depth_m, frame.focal_px).labels)
            true, edges = ids_from_labels(frame.label), near_edges(frame.label)
            whole.update(found, true)
            near.update(found[edges], true[edges])
        print(f"{model}: {whole.pixel_accuracy():.3f}, within {WITHIN_PX} px of edges {near.pixel_accuracy():.3f}")


def near_edges(label: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which pixels lie within WITHIN_PX of one with another label: True where their window holds several labels."""
    window = np.ones((2 * WITHIN_PX + 1,) * 2, np.uint8)
    return cv2.dilate(label, window) != cv2.erode(label, window)


if __name__ == "__main__":
    main()

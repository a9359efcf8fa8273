"""What a model does on real frames that it was never trained on: one sheet for each set, and scores where labels exist.

    python benchmarks/model_card/real_frames.py --model FILE --out out/real [--data DIR]

DIR is the sample data's folder (else RGBD_LIVE_SAMPLE_DATA). The pictures show other people's data: keep them out of
the repository. Nothing may be chosen by these frames.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sample_frames import SampleFrame, sample_sets

from segmentation.classes import ids_from_labels
from segmentation.segmenter import Segmenter, load_segmenter
from training.evaluate.pictures.sheet import SheetRow, sheet_picture
from training.metrics import ConfusionMatrix

WALL = 1
WITH, WITHOUT, ALL_WALL = "with depth", "without depth", "all wall"


def main() -> None:
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    segmenter = load_segmenter(options.model, device=options.device)
    scores: dict[str, Any] = {}
    for name, read in sample_sets(options.data, options.frames).items():
        frames = read()
        maps = [label_maps(segmenter, frame) for frame in frames]
        picture = sheet(name, frames, maps, segmenter)
        (options.out / f"{name}.png").write_bytes(picture)
        scores.update(score_frames(frames, maps, len(segmenter.classes)))
    (options.out / "real_frames.json").write_text(json.dumps(scores, indent=1) + "\n")
    print_scores(scores)
    print(f"sheets and real_frames.json in {options.out}")


def label_maps(segmenter: Segmenter, frame: SampleFrame) -> dict[str, NDArray[np.uint8]]:
    """The labels exactly as the live program would show them, with the frame's depth and with none."""
    depths_m = {WITH: frame.depth_m, WITHOUT: np.zeros_like(frame.depth_m)}
    return {name: segmenter.predict(frame.color, depth_m, frame.focal_px).labels for name, depth_m in depths_m.items()}


def sheet(
    name: str, frames: Sequence[SampleFrame], maps: Sequence[dict[str, NDArray[np.uint8]]], segmenter: Segmenter
) -> bytes:
    """Colour, depth, truth where there is one, and both label maps."""
    rows = [
        SheetRow(frame.name, frame.color, frame.depth_m, own if frame.label is None else {"truth": frame.label, **own})
        for frame, own in zip(frames, maps, strict=True)
    ]
    about = "never trained on these" if segmenter.trained else "UNTRAINED"
    return sheet_picture(rows, segmenter.classes, f"{name}: {segmenter.model_name}, {about}")


def score_frames(
    frames: Sequence[SampleFrame], maps: Sequence[dict[str, NDArray[np.uint8]]], classes: int
) -> dict[str, Any]:
    """Scores of each labelled frame and of all together, beside those of calling everything wall."""
    scores: dict[str, Any] = {}
    total: dict[str, ConfusionMatrix] = {}
    for frame, own in zip(frames, maps, strict=True):
        if frame.label is None:
            continue
        ways = {**own, ALL_WALL: np.full_like(frame.label, WALL)}
        matrices = {way: confusion(labels, frame.label, classes) for way, labels in ways.items()}
        scores[frame.name] = {way: headline(matrix) for way, matrix in matrices.items()}
        total = {way: matrix + total.get(way, ConfusionMatrix(classes)) for way, matrix in matrices.items()}
    if total:
        scores["together"] = {way: headline(matrix) for way, matrix in total.items()}
    return scores


def confusion(labels: NDArray[np.uint8], truth: NDArray[np.uint8], classes: int) -> ConfusionMatrix:
    """Of one frame; both in the numbering of files, 0 = void."""
    matrix = ConfusionMatrix(classes)
    matrix.update(ids_from_labels(labels), ids_from_labels(truth))
    return matrix


def headline(matrix: ConfusionMatrix) -> dict[str, Any]:
    """Pixel accuracy, and the mean IoU over the classes that are there."""
    return {
        "pixel_accuracy": round(matrix.pixel_accuracy(), 4),
        "miou": round(matrix.miou(), 4),
        "classes": matrix.classes_present,
    }


def print_scores(scores: dict[str, Any]) -> None:
    print(f"{'':15} {'':14} pixel accuracy  mIoU over the classes present")
    for name, ways in scores.items():
        for way, score in ways.items():
            line = f"{name:15} {way:14} {score['pixel_accuracy']:14.3f}  {score['miou']:.3f} ({score['classes']})"
            print(line)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a model file, or a model's name")
    parser.add_argument("--out", type=Path, default=Path("out/real_frames"), help="folder for sheets and scores")
    parser.add_argument("--data", type=Path, default=os.environ.get("RGBD_LIVE_SAMPLE_DATA"), help="the sample data")
    parser.add_argument("--frames", type=int, default=8, help="of each sequence")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    if options.data is None or not Path(options.data).is_dir():
        parser.error(f"sample data not found at {options.data}: give --data DIR or set RGBD_LIVE_SAMPLE_DATA")
    return options


if __name__ == "__main__":
    main()

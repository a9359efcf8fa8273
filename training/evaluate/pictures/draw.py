"""Which pictures an evaluation has, and which frames stand in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from segmentation.classes import labels_from_ids
from sensors.prepared import PreparedIndex
from training.evaluate.pictures.confusion import confusion_picture
from training.evaluate.pictures.depth_ranges import range_picture
from training.evaluate.pictures.reliability import reliability_picture
from training.evaluate.pictures.sheet import SheetRow, sheet_picture
from training.evaluate.report.tables import baseline_name, score
from training.evaluate.scoring.predictor import Predictor
from training.evaluate.scoring.score import Evaluation, FrameScore, predict, read_frame

FRAMES_ON_A_SHEET = 5


def draw_pictures(
    evaluation: Evaluation, index: PreparedIndex, predictor: Predictor, document: dict[str, Any]
) -> dict[str, bytes]:
    """PNG bytes by file name. The frames shown are read and predicted a second time, so that none is kept meanwhile."""
    name = document["model"] if document["trained"] else f"UNTRAINED {document['model']}"
    what = f"{name} on {document['dataset']}, {document['split']}: mIoU {score(document['miou'])}"
    ways = {
        "with depth": evaluation.with_depth.calibration,
        "without depth": evaluation.without_depth.calibration,
    }
    pictures = {
        "depth_ranges.png": range_picture(document["depth_ranges"], baseline_name(document), what),
        "confusion.png": confusion_picture(evaluation.with_depth.whole().counts, predictor.classes, what),
        "reliability.png": reliability_picture(ways, what),
    }
    for name, (frames, kind) in chosen_frames(evaluation.frames).items():
        rows = [sheet_row(frame, index, predictor) for frame in frames]
        pictures[name] = sheet_picture(rows, predictor.classes, f"{kind}; {what}", far_m=evaluation.ranges.edges_m[-1])
    return pictures


def chosen_frames(frames: Sequence[FrameScore]) -> dict[str, tuple[list[FrameScore], str]]:
    """By the picture's file name: the frames in it and how they were chosen."""
    ranked = sorted(frames, key=lambda frame: frame.miou)
    places = np.unique(np.linspace(0, len(frames) - 1, FRAMES_ON_A_SHEET).round().astype(int)) if frames else []
    return {
        "samples.png": ([frames[place] for place in places], "evenly spaced frames, not chosen by score"),
        "best.png": (ranked[::-1][:FRAMES_ON_A_SHEET], "the frames with the best mIoU of their own"),
        "worst.png": (ranked[:FRAMES_ON_A_SHEET], "the frames with the worst mIoU of their own"),
    }


def sheet_row(scored: FrameScore, index: PreparedIndex, predictor: Predictor) -> SheetRow:
    """Truth and both predictions of a frame."""
    sample, frame = scored.sample, read_frame(index, scored.sample, len(predictor.classes))
    with_depth, without_depth = (
        labels_from_ids(predict(predictor, frame, without_depth=removed).argmax(axis=0).astype(np.uint8))
        for removed in (False, True)
    )
    maps = {"truth": frame.label, "prediction": with_depth, "prediction without depth": without_depth}
    caption = f"{sample.name}, {sample.camera}, scene {sample.scene}: mIoU {scored.miou:.3f} over its classes"
    return SheetRow(caption, frame.color, frame.depth_m, maps)

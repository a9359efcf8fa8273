"""Parts of evaluation.json, from what was counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from segmentation.classes import ClassSet
from training.evaluate.scoring.baseline import always
from training.evaluate.scoring.calibration import Calibration
from training.evaluate.scoring.depth_ranges import DepthRanges
from training.metrics import ConfusionMatrix

DIGITS = 6


def scores(matrix: ConfusionMatrix) -> dict[str, Any]:
    """The three scores of a confusion matrix."""
    return {
        "miou": number(matrix.miou()),
        "pixel_accuracy": number(matrix.pixel_accuracy()),
        "mean_accuracy": number(matrix.mean_accuracy()),
    }


def headline(matrix: ConfusionMatrix) -> dict[str, Any]:
    """The three scores, and over how many classes the means are."""
    return {**scores(matrix), "classes_with_truth": matrix.classes_present}


def class_scores(matrix: ConfusionMatrix, classes: ClassSet) -> list[dict[str, Any]]:
    """Name, IoU, accuracy (the share of its true pixels that were found) and true pixels of every class."""
    columns = zip(classes.names[1:], matrix.iou(), matrix.recall(), matrix.counts.sum(axis=1), strict=True)
    return [
        {"name": name, "iou": number(iou), "accuracy": number(recall), "pixels": int(pixels)}
        for name, iou, recall, pixels in columns
    ]


def range_scores(
    ranges: DepthRanges, given: Sequence[ConfusionMatrix], removed: Sequence[ConfusionMatrix], constant: int
) -> list[dict[str, Any]]:
    """Each range's scores with depth, without it, and those of the baseline, which always answers `constant`."""
    labelled = max(1, sum(matrix.pixels for matrix in given))
    return [
        {
            "name": name,
            "from_m": near_m,
            "to_m": far_m,
            "pixels": matrix.pixels,
            "share": number(matrix.pixels / labelled),
            **headline(matrix),
            "without_depth": scores(flat),
            "baseline": scores(always(constant, matrix)),
        }
        for name, (near_m, far_m), matrix, flat in zip(ranges.names(), ranges.bounds_m(), given, removed, strict=True)
    ]


def bins(calibration: Calibration) -> list[dict[str, Any]]:
    """The reliability diagram as numbers."""
    accuracy, confidence = calibration.accuracy(), calibration.confidence()
    return [
        {
            "above": round(bin_ / calibration.bins, DIGITS),
            "pixels": int(calibration.pixels[bin_]),
            "confidence": number(confidence[bin_]),
            "accuracy": number(accuracy[bin_]),
        }
        for bin_ in range(calibration.bins)
    ]


def number(value: float) -> float | None:
    """Rounded for a file; None for nan, which JSON has no word for."""
    value = float(value)
    return None if math.isnan(value) else round(value, DIGITS)

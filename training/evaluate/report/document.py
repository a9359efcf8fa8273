"""evaluation.json: every score under a stable name; docs/training.md describes each field."""

from __future__ import annotations

import json
import math
from typing import Any

from segmentation.classes import ClassSet
from training.evaluate.scoring.calibration import Calibration
from training.evaluate.scoring.score import Evaluation
from training.evaluate.scoring.tally import Tally
from training.metrics import ConfusionMatrix

ROOMS_NOTE = "a score on rooms measures the pipeline, it is not SUN RGB-D accuracy"
DIGITS = 6


def evaluation_document(evaluation: Evaluation, classes: ClassSet, about: dict[str, Any]) -> dict[str, Any]:
    """The document as JSON will have it. about: model, data, split and the like, which go in front."""
    return {
        **about,
        **scores(evaluation.with_depth, classes),
        "scenes": evaluation.scenes,
        "without_depth": scores(evaluation.without_depth, classes),
    }


def scores(tally: Tally, classes: ClassSet) -> dict[str, Any]:
    """The scores of one tally. A share of nothing, such as the IoU of a class without truth, is None."""
    whole = tally.whole()
    return {
        **headline(whole),
        "ece": number(tally.calibration.ece()),
        "frames": sum(tally.frames.values()),
        "classes": class_scores(whole, classes),
        "per_camera": {
            camera: {**headline(matrix), "frames": tally.frames[camera], "pixels": matrix.pixels}
            for camera, matrix in sorted(tally.cameras.items())
        },
        "calibration": bins(tally.calibration),
    }


def headline(matrix: ConfusionMatrix) -> dict[str, Any]:
    """The three scores of a confusion matrix, and over how many classes the means are."""
    return {
        "miou": number(matrix.miou()),
        "classes_with_truth": matrix.classes_present,
        "pixel_accuracy": number(matrix.pixel_accuracy()),
        "mean_accuracy": number(matrix.mean_accuracy()),
    }


def class_scores(matrix: ConfusionMatrix, classes: ClassSet) -> list[dict[str, Any]]:
    """Name, IoU, accuracy (the share of its true pixels that were found) and true pixels of every class."""
    columns = zip(classes.names[1:], matrix.iou(), matrix.recall(), matrix.counts.sum(axis=1), strict=True)
    return [
        {"name": name, "iou": number(iou), "accuracy": number(recall), "pixels": int(pixels)}
        for name, iou, recall, pixels in columns
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


def as_json(document: dict[str, Any]) -> bytes:
    """The document as text for a file."""
    return (json.dumps(document, indent=1) + "\n").encode()

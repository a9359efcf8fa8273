"""evaluation.json: every score under a stable name; docs/training.md describes each field."""

from __future__ import annotations

import json
from typing import Any

from segmentation.classes import ClassSet
from training.evaluate.report.entries import bins, class_scores, headline, number, range_scores, scores
from training.evaluate.scoring.baseline import always, commonest
from training.evaluate.scoring.multi_scale import SCALES
from training.evaluate.scoring.score import Evaluation
from training.evaluate.scoring.tally import Tally


def evaluation_document(evaluation: Evaluation, classes: ClassSet, about: dict[str, Any]) -> dict[str, Any]:
    """The document as JSON will have it. about: model, data, split and the like, which go in front."""
    whole = evaluation.with_depth.whole()
    constant = commonest(whole)
    labelled = whole.pixels + evaluation.unknown_pixels
    document = {
        **about,
        **way(evaluation.with_depth, classes, constant),
        "scenes": evaluation.scenes,
        "unknown_share": number(evaluation.unknown_pixels / labelled),
        "baseline": {"class": classes.names[1 + constant], **scores(always(constant, whole))},
        "depth_ranges": range_scores(
            evaluation.ranges, evaluation.with_depth.ranges, evaluation.without_depth.ranges, constant
        ),
        "without_depth": way(evaluation.without_depth, classes, constant),
    }
    if evaluation.multi_scale is not None:
        more = way(evaluation.multi_scale, classes, constant)
        document["multi_scale_flip"] = {"scales": list(SCALES), **more}
    return document


def way(tally: Tally, classes: ClassSet, constant: int) -> dict[str, Any]:
    """The scores of one way of predicting. A share of nothing, such as the IoU of a class without truth, is None.

    constant: the network id that the baseline always answers.
    """
    whole = tally.whole()
    return {
        **headline(whole),
        "ece": number(tally.calibration.ece()),
        "frames": sum(tally.frames.values()),
        "classes": class_scores(whole, classes),
        "per_camera": {
            camera: {
                **headline(matrix),
                "frames": tally.frames[camera],
                "pixels": matrix.pixels,
                "baseline": scores(always(constant, matrix)),
            }
            for camera, matrix in sorted(tally.cameras.items())
        },
        "calibration": bins(tally.calibration),
    }


def as_json(document: dict[str, Any]) -> bytes:
    """The document as text for a file."""
    return (json.dumps(document, indent=1) + "\n").encode()

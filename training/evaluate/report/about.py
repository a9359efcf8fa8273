"""What was scored on what, for the head of every report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from segmentation.segmenter import Segmenter
from sensors.prepared import PreparedIndex
from training.evaluate.options import EvaluateOptions
from training.prepare.source import Entry
from training.prepare.steps.report import strangers
from training.prepare.sunrgbd.paths import collection_of

ROOMS_NOTE = "a score on rooms measures the pipeline, it is not SUN RGB-D accuracy"


def describe(
    options: EvaluateOptions, index: PreparedIndex, segmenter: Segmenter, unknown: Sequence[str], *, is_rooms: bool
) -> dict[str, Any]:
    """The first fields of evaluation.json. unknown: the data's classes that the model does not have."""
    width, height = segmenter.card.input_size
    return {
        "model": segmenter.model_name,
        "weights": str(options.model),
        "trained": segmenter.trained,
        "input_size": f"{width}x{height}",
        "engine": segmenter.engine_name,
        "device": segmenter.device_name,
        "precision": segmenter.precision,
        "dataset": index.dataset,
        "class_set": segmenter.classes.name,
        "data": str(options.data),
        "data_class_set": index.class_set,
        "unknown_classes": list(unknown),
        "depth": index.depth,
        "split": options.split,
        "notes": notes(options, index, is_rooms=is_rooms),
    }


def notes(options: EvaluateOptions, index: PreparedIndex, *, is_rooms: bool) -> list[str]:
    """What to beware of in the scores."""
    found = [ROOMS_NOTE] if is_rooms else []
    whole = sum(sample.split == options.split for sample in index.samples)
    if options.limit is not None and options.limit < whole:
        found.append(f"{options.limit} of the {whole} frames of {options.split} were scored (--limit)")
    return found + (places_unseen(index) if (index.dataset, options.split) == ("sunrgbd", "test") else [])


def places_unseen(index: PreparedIndex) -> list[str]:
    """Of SUN RGB-D: which cameras' test frames come from a part of the data set that training has nothing of."""
    entries = [
        Entry(name=s.name, split=s.split, camera=s.camera, scene=s.scene, collection=collection_of(s.scene))
        for s in index.samples
    ]
    return [str(stranger) for stranger in strangers(entries)]


def title(document: dict[str, Any]) -> str:
    """A heading."""
    return f"{document['model']} on {document['dataset']}, {document['split']}"


def about(document: dict[str, Any]) -> list[str]:
    """Lines of plain text."""
    frames = f"{counted(document['frames'], 'frame')} of {counted(document['scenes'], 'scene')} from {document['data']}"
    run = f"{document['engine']} on {document['device']}, {document['precision']}"
    how = f"input {document['input_size']}, {document['depth']} depth, {run}"
    lines = [f"Weights: {document['weights']}", f"{frames}; {how}, single scale."]
    if not document["trained"]:
        lines.append("The weights are UNTRAINED: these scores mean nothing.")
    if document["unknown_classes"]:
        lines.append(
            f"The data have the classes of {document['data_class_set']}, the model those of {document['class_set']}:"
            f" {', '.join(document['unknown_classes'])} count as void, which are"
            f" {percent(document['unknown_share'])} of the labelled pixels."
        )
    lines += [f"Note: {note}." for note in document["notes"]]
    return lines


def counted(number: int, what: str) -> str:
    """Such as "1 frame" or "2 frames"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def percent(share: float) -> str:
    """A share 0..1, such as 17.3 %."""
    return f"{100 * share:.1f} %"

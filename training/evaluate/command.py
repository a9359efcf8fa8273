"""From options to a report: reads, scores, draws, writes, tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from console.atomic import write_whole
from console.errors import UsageError
from console.interrupt import Interrupt
from console.parse import printing
from console.say import say
from segmentation.errors import CheckpointError, UnknownModelError
from segmentation.segmenter import Segmenter, load_segmenter
from sensors.prepared import PreparedDataError, PreparedIndex, PreparedSample
from training.datasets import open_dataset
from training.evaluate.options import EvaluateOptions
from training.evaluate.pictures.draw import draw_pictures
from training.evaluate.place import check_folder
from training.evaluate.report.document import ROOMS_NOTE, as_json, evaluation_document
from training.evaluate.report.page import page
from training.evaluate.report.tables import evaluation_markdown
from training.evaluate.scoring.score import Evaluation, evaluate
from training.evaluate.show import print_scores, progress

ROOMS_CAMERAS = "rooms-"


def run_evaluation(options: EvaluateOptions, interrupt: Interrupt) -> int:
    """See training.evaluate.run."""
    with interrupt.shielded():
        if options.out is not None:
            check_folder(options.out, overwrite=options.overwrite)
        index = open_dataset(options.data, options.dataset)
        samples = chosen_samples(index, options)
        segmenter = load_model(options)
        check_classes(index, segmenter, options)
        say(f"scoring {len(samples)} frames, with depth and without, on {segmenter.device_name}")
        with progress(len(samples), interrupt) as before_each:
            evaluation = evaluate(index, samples, segmenter, before_each=before_each)
        about = describe(options, index, segmenter, is_rooms=index.dataset == "rooms" or from_rooms(samples))
        document = evaluation_document(evaluation, segmenter.classes, about)
        if options.out is not None:
            write_report(options.out, document, evaluation, index, segmenter)
        interrupt.check()
    return printing(lambda: print_scores(document, options.out))


def chosen_samples(index: PreparedIndex, options: EvaluateOptions) -> list[PreparedSample]:
    """The samples of the split, or so many of them spread evenly. Raises PreparedDataError where there are none."""
    samples = [sample for sample in index.samples if sample.split == options.split]
    if not samples:
        found = ", ".join(sorted({sample.split for sample in index.samples}))
        raise PreparedDataError(f"{index.root}: has no sample for {options.split}, only for {found} (--split)")
    if options.limit is None or options.limit >= len(samples):
        return samples
    return [samples[place] for place in np.linspace(0, len(samples) - 1, options.limit).round().astype(int)]


def load_model(options: EvaluateOptions) -> Segmenter:
    """The segmenter as rgbd-live loads it. Raises the errors of segmentation.errors; UsageError for a wrong device."""
    try:
        return load_segmenter(options.model, device=options.device)
    except (UnknownModelError, CheckpointError):
        raise
    except ValueError as error:
        raise UsageError(str(error)) from error


def check_classes(index: PreparedIndex, segmenter: Segmenter, options: EvaluateOptions) -> None:
    """Raise PreparedDataError where the model's classes are not those of the labels."""
    if segmenter.classes.name != index.class_set:
        raise PreparedDataError(
            f"{index.root}: has the labels of {index.class_set}, but {options.model} was trained on"
            f" {segmenter.classes.name}; use a model or data of the same classes"
        )


def from_rooms(samples: list[PreparedSample]) -> bool:
    """Whether any of the samples is rendered."""
    return any(sample.camera.startswith(ROOMS_CAMERAS) for sample in samples)


def describe(options: EvaluateOptions, index: PreparedIndex, segmenter: Segmenter, *, is_rooms: bool) -> dict[str, Any]:
    """What was scored on what, in front of the scores."""
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
        "split": options.split,
        **({"note": ROOMS_NOTE} if is_rooms else {}),
    }


def write_report(
    folder: Path, document: dict[str, Any], evaluation: Evaluation, index: PreparedIndex, segmenter: Segmenter
) -> None:
    """Write the whole report; evaluation.json, which programs read, last. Raises OutputError."""
    pictures = draw_pictures(evaluation, index, segmenter, document)
    for name, content in pictures.items():
        write_whole(folder / name, content)
    write_whole(folder / "evaluation.html", page(document, pictures))
    write_whole(folder / "evaluation.md", evaluation_markdown(document).encode())
    write_whole(folder / "evaluation.json", as_json(document))

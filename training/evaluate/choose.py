"""What is scored on what: the samples, the model, and whether the two fit."""

from __future__ import annotations

import numpy as np

from console.check_frames import DEMO_CHECK_FRAMES
from console.errors import UsageError
from segmentation.classes import class_set
from segmentation.errors import CheckpointError, UnknownModelError
from segmentation.segmenter import Segmenter, load_segmenter
from sensors.prepared import PreparedDataError, PreparedIndex, PreparedSample
from training.evaluate.options import EvaluateOptions
from training.rooms.options import FIRST_TEST_SEED

ROOMS = "rooms"
ROOMS_CURE = f"; rgbd-train rooms --seed {FIRST_TEST_SEED} --count 200 --out FOLDER makes test rooms"


def chosen_samples(index: PreparedIndex, options: EvaluateOptions) -> list[PreparedSample]:
    """The samples of the split, or so many of them spread evenly.

    Raises PreparedDataError where there are none, UsageError for a split without public labels.
    """
    if (index.dataset, options.split) == ("cityscapes", "test"):
        raise UsageError("--split test: the labels of Cityscapes' test images are not public; use --split val")
    samples = [sample for sample in index.samples if sample.split == options.split]
    if not samples:
        found = ", ".join(sorted({sample.split for sample in index.samples}))
        cure = ROOMS_CURE if (index.dataset, options.split) == (ROOMS, "test") else ""
        raise PreparedDataError(f"{index.root}: has no sample for {options.split}, only for {found} (--split){cure}")
    if options.limit is None or options.limit >= len(samples):
        return samples
    return [samples[place] for place in np.linspace(0, len(samples) - 1, options.limit).round().astype(int)]


def load_model(options: EvaluateOptions) -> Segmenter:
    """The segmenter as rgbd-live loads it. Raises the errors of segmentation.errors; UsageError for wrong options."""
    try:
        return load_segmenter(
            options.model,
            engine=options.engine,
            device=options.device,
            precision=options.precision,
            check_frames=DEMO_CHECK_FRAMES,
        )
    except (UnknownModelError, CheckpointError):
        raise
    except ValueError as error:
        raise UsageError(str(error)) from error


def unknown_classes(index: PreparedIndex, segmenter: Segmenter, options: EvaluateOptions) -> tuple[str, ...]:
    """The data's classes that the model does not have, which count as void: none, or the last ones of a longer list.

    Raises PreparedDataError where the model's classes are not the first of the data's.
    """
    data, model = class_set(index.class_set).names, segmenter.classes.names
    if data[: len(model)] != model:
        raise PreparedDataError(
            f"{index.root}: has the labels of {index.class_set}, but {options.model} was trained on"
            f" {segmenter.classes.name}; use a model or data of the same classes"
        )
    return data[len(model) :]


def from_rooms(index: PreparedIndex, samples: list[PreparedSample]) -> bool:
    """Whether any of the samples is rendered, under whatever data set's name it lies there."""
    return index.dataset == ROOMS or any(
        sample.camera.startswith(f"{ROOMS}-") or ROOMS in sample.scene.split("/") for sample in samples
    )

"""From options to a picture of augmented samples."""

from __future__ import annotations

import os

import numpy as np

from console.atomic import write_whole
from console.errors import OutputError, UsageError
from console.exit_codes import ExitCode
from console.interrupt import Interrupt
from console.say import say
from segmentation.classes import class_set
from sensors.prepared import PreparedIndex, PreparedSample
from training.augment import build_augmentation
from training.datasets import SegmentationDataset, open_dataset, samples_of
from training.preview.options import PreviewOptions
from training.preview.picture import Band, preview_picture
from training.surroundings import is_street


def draw_preview(options: PreviewOptions, interrupt: Interrupt) -> int:
    """See training.preview.run."""
    with interrupt.shielded():
        _check_place(options)
        index = open_dataset(options.data, options.dataset, options.depth)
        samples = samples_of(index, "train")
        bands = []
        for position in spread(len(samples), options.count):
            interrupt.check()
            bands.append(_band(options, index, samples, position))
        write_whole(options.out, preview_picture(bands, class_set(index.class_set)))
    say(f"{options.out}: {len(bands)} samples as they are and in {options.epochs} epochs of recipe {options.recipe}")
    return ExitCode.DONE


def spread(samples: int, count: int) -> list[int]:
    """At most `count` different positions, evenly from the first to the last."""
    return np.unique(np.linspace(0, samples - 1, min(count, samples)).round().astype(int)).tolist()


def _band(options: PreviewOptions, index: PreparedIndex, samples: tuple[PreparedSample, ...], position: int) -> Band:
    """The sample as it is, as the network would see it live, and as the epochs of a training see it."""
    settings = {
        "num_classes": len(class_set(index.class_set)),
        "input_size": options.frame_size,
        "seed": options.seed,
    }
    plain = SegmentationDataset(index, samples, **settings)
    augment = build_augmentation(options.recipe, options.frame_size, street=is_street(index.class_set))
    augmented = SegmentationDataset(index, samples, augment=augment, **settings)
    sample = samples[position]
    return Band(
        name=f"{sample.name}, {sample.camera}",
        frames=(
            ("as it is", plain.frame(position)),
            *((f"epoch {epoch + 1}", augmented.frame(position, epoch)) for epoch in range(options.epochs)),
        ),
        size=options.frame_size,
    )


def _check_place(options: PreviewOptions) -> None:
    """Raise UsageError or OutputError where the picture cannot go to its place."""
    if options.out.is_dir():
        raise OutputError(f"--out {options.out}: is a folder; choose another name")
    if os.path.lexists(options.out) and not options.overwrite:
        raise UsageError(f"--out {options.out}: exists; add --overwrite to replace it")

"""`--save-dataset`: the session as prepared samples that `rgbd-train` reads, to correct labels in and fine-tune on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.outputs.masks import CLASSES_NAME, NUMBERED, classes_json
from console.atomic import make_folder, output_errors, write_whole
from segmentation.result import Segmentation
from sensors.align import depth_in_steps
from sensors.frames import Frame
from sensors.prepared import PreparedSample, remove_parts, write_index, write_sample
from sensors.prepared.sample import CONFIDENCE_FOLDER, FOLDERS, INDEX_NAME, Split
from sensors.recordings.image_codec import encode_png

DATASET = "session"
VALIDATED_SHARE = 10  # one frame in so many, at the end of the session
INDEX_EVERY = 32  # samples, or an eighth of those there are: what a killed program wrote is listed nearly to its end
LIGHT = 1


class DatasetFolder:
    """A sink: NNNNNN.png by the frame's position in color/, depth/, label/ and confidence/, listed in index.json.

    The last tenth is for validation: neighbours in time are nearly the same picture, so every tenth would validate what
    was trained on. A frame that plays again in a loop is not written again. Raises OutputError.
    """

    def __init__(self, folder: Path, *, model: str, source: str) -> None:
        self._folder, self._model, self._source = folder, model, source
        self._samples: dict[str, PreparedSample] = {}
        self._depth_unit_m = 0.0
        self._first: Segmentation | None = None
        self._listed = 0

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Write one sample, whole or not at all."""
        if self._first is None:
            self._begin(frame, segmentation)
        name = f"{frame.index:06d}"
        if name in self._samples:
            return
        with output_errors(self._folder):
            write_sample(
                self._folder,
                name,
                frame.color,
                depth_in_steps(frame.depth_m, self._depth_unit_m),
                segmentation.labels,
                confidence=np.rint(segmentation.confidence * np.float32(255)).astype(np.uint8),
                color_file=encode_png(frame.color, LIGHT),
                color_suffix=".png",
                palette=segmentation.classes.colors,
            )
        self._samples[name] = self._sample(name, frame)
        if not self._listed or len(self._samples) - self._listed >= max(INDEX_EVERY, self._listed // 8):
            self._write_index()

    def close(self) -> None:
        """List what was written."""
        if len(self._samples) > self._listed:
            self._write_index()

    def _begin(self, frame: Frame, segmentation: Segmentation) -> None:
        """Clear away the samples of an earlier session (only reached with --overwrite) and write the classes."""
        self._first, self._depth_unit_m = segmentation, frame.depth_unit_m
        make_folder(self._folder)
        with output_errors(self._folder):
            (self._folder / INDEX_NAME).unlink(missing_ok=True)
            remove_parts(self._folder)
            for name in (*FOLDERS, CONFIDENCE_FOLDER):
                for path in (self._folder / name).glob("*.png"):
                    if NUMBERED.fullmatch(path.name):
                        path.unlink()
        meaning = classes_json(segmentation.classes, model=self._model, trained=segmentation.trained)
        write_whole(self._folder / CLASSES_NAME, meaning)

    def _sample(self, name: str, frame: Frame) -> PreparedSample:
        return PreparedSample(
            name=name,
            split="train",
            camera=self._source,
            scene=self._source,
            intrinsics=frame.intrinsics,
            color_suffix=".png",
            depth_unit_m=self._depth_unit_m,
        )

    def _write_index(self) -> None:
        assert self._first is not None
        trained, samples = self._first.trained, list(self._samples.values())
        about = f"labels predicted by {self._model}, which nobody has corrected; one session, so val is the same place"
        with output_errors(self._folder / INDEX_NAME):
            write_index(
                self._folder,
                [replace(sample, split=split) for sample, split in zip(samples, splits(len(samples)), strict=True)],
                class_set=self._first.classes.name,
                about=about if trained else f"UNTRAINED: {about}",
                dataset=DATASET,
                notes={"labels": "predicted", "model": self._model, "trained": trained, "source": self._source},
            )
        self._listed = len(samples)


def splits(count: int) -> list[Split]:
    """What each of so many frames, in order of time, is for. Training needs two, and choosing an epoch one more."""
    validated = -(-count // VALIDATED_SHARE) if count > 2 else 0
    return [*_of("train", count - validated), *_of("val", validated)]


def _of(split: Split, count: int) -> list[Split]:
    return [split] * count


def may_replace(folder: Path) -> bool:
    """Whether there are no samples here but those of a session."""
    if not any((folder / name).exists() for name in (INDEX_NAME, *FOLDERS)):
        return True
    try:
        return json.loads((folder / INDEX_NAME).read_text(encoding="utf-8")).get("dataset") == DATASET
    except (OSError, ValueError, AttributeError):
        return False

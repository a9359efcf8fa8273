"""Which NYUDv2 frames are for what: the official train and test frames, and a validation part of the train frames."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from sensors.errors import PreparedDataError
from sensors.prepared import Split
from training.prepare.nyuv2.files import SPLITS, number_row

TRAIN_COUNT, TEST_COUNT = 795, 654
VAL_SHARE = 0.2  # of the scenes; a tenth would leave 80 frames, too few to tell two epochs apart


def official_frames(source: Path, frames: int) -> tuple[list[int], list[int]]:
    """The positions, from 0, of the train and of the test frames, among `frames` ones.

    Raises PreparedDataError where splits.mat is damaged, names a frame that is not there, or one twice.
    """
    path = source / SPLITS
    train, test = (
        [int(number) - 1 for number in number_row(path, variable, lowest=1, highest=frames)]
        for variable in ("trainNdxs", "testNdxs")
    )
    if repeated := len(train) + len(test) - len({*train, *test}):
        raise PreparedDataError(f"{path}: names {repeated} frames twice; download it again")
    return train, test


def split_of(scene: str) -> Split:
    """ "val" or "train" for the train frames of a scene: its name alone decides, so that no scene is on both sides.

    NYUDv2 has no official validation split. This one takes the scenes whose name's SHA-256, as a number from 0 to 1,
    is below VAL_SHARE.
    """
    number = int.from_bytes(hashlib.sha256(scene.encode()).digest()[:8], "big") / 2**64
    return "val" if number < VAL_SHARE else "train"


def counts(splits: Sequence[Split]) -> dict[Split, int]:
    """The official number of each split: what of the 795 train frames is for validation follows from the scenes."""
    val = splits.count("val")
    return {"train": TRAIN_COUNT - val, "val": val, "test": TEST_COUNT}

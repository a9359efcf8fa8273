"""Everything `rgbd-train prepare` can be asked to do, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console.errors import UsageError
from sensors.cores import usable_cores

CLASSES = {"sunrgbd": (37,), "nyuv2": (40, 37, 13), "cityscapes": (19,)}  # numbers of classes, the usual one first


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareOptions:
    """Which download to turn into prepared samples, and where to.

    dataset: a key of CLASSES. source: the folder with the official downloads, as they came or unpacked. out: folder,
    new, empty, or one that this command has begun. classes: how many, None = the usual number. workers: processes,
    None = one a core. partial: go on without what is missing or damaged. Raises UsageError.
    """

    dataset: str
    source: Path
    out: Path
    classes: int | None = None
    workers: int | None = None
    partial: bool = False

    def __post_init__(self) -> None:
        if self.dataset not in CLASSES:
            hint = "; rgbd-train rooms writes them prepared" if self.dataset == "rooms" else ""
            raise UsageError(f"--dataset {self.dataset}: choose from {', '.join(CLASSES)}{hint}")
        if self.classes is not None and self.classes not in CLASSES[self.dataset]:
            numbers = " or ".join(map(str, CLASSES[self.dataset]))
            raise UsageError(f"--classes: {self.dataset} has {numbers}, not {self.classes}")
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"--workers: expected 1 or more, got {self.workers}")
        if self.out.resolve() == self.source.resolve():
            raise UsageError(f"--out: {self.out} is --source itself; choose another folder for the prepared samples")

    @property
    def class_count(self) -> int:
        """How many classes the labels will have."""
        return self.classes or CLASSES[self.dataset][0]

    @property
    def processes(self) -> int:
        """How many processes read and write."""
        return self.workers or usable_cores()

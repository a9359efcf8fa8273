"""Everything `rgbd-train rooms` can be asked to do, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from console.errors import UsageError
from sensors.cores import usable_cores

LayoutName = Literal["prepared", "sunrgbd"]

FIRST_TEST_SEED = 70_000  # rooms from here on are never trained on, by anyone
LAST_SEED = 999_999
SMALLEST, LARGEST = 32, 4096  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomsOptions:
    """Which rooms to render, and where to.

    out: folder, new, empty, or one that this command has begun. count: samples. seed: of the first room; sample i shows
    room seed + i // frames_per_room. size: width and height in pixels. workers: processes, None = one a core.
    val_share: of the rooms that may be trained on, how many are for validation. Raises UsageError.
    """

    out: Path
    count: int
    seed: int = 0
    frames_per_room: int = 1
    size: tuple[int, int] = (320, 240)
    workers: int | None = None
    layout: LayoutName = "prepared"
    val_share: float = 0.1

    def __post_init__(self) -> None:
        for flag, number in (("--count", self.count), ("--frames-per-room", self.frames_per_room)):
            if number < 1:
                raise UsageError(f"{flag}: expected 1 or more, got {number}")
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"--workers: expected 1 or more, got {self.workers}")
        last = self.seed + (self.count - 1) // self.frames_per_room
        if self.seed < 0 or last > LAST_SEED:
            raise UsageError(f"--seed: rooms are numbered 0 to {LAST_SEED}, this asks for {self.seed} to {last}")
        if not all(SMALLEST <= side <= LARGEST for side in self.size):
            raise UsageError(
                f"--size: expected {SMALLEST} to {LARGEST} pixels a side, got {self.size[0]}x{self.size[1]}"
            )
        if self.layout not in get_args(LayoutName):
            raise UsageError(f"--layout: expected one of {', '.join(get_args(LayoutName))}, got {self.layout!r}")
        if not 0 <= self.val_share <= 0.5:
            raise UsageError(f"--val-share: expected 0 to 0.5, got {self.val_share:g}")

    @property
    def processes(self) -> int:
        """How many processes render."""
        return min(self.workers or usable_cores(), self.count)

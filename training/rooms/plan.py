"""Which samples a call makes: their rooms, names and splits, before anything is rendered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sensors.prepared import Split
from training.rooms.options import FIRST_TEST_SEED, RoomsOptions

GOLDEN_64 = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio; Knuth, The Art of Computer Programming, section 6.4


@dataclass(frozen=True, slots=True)
class Shot:
    """One sample to be: frame number `frame` of room `seed`."""

    seed: int
    frame: int
    split: Split

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.seed:06d}-{self.frame:03d}"


def plan_shots(options: RoomsOptions) -> list[Shot]:
    """All samples of a call, in order; a longer call begins with those of a shorter one."""
    rooms = range(options.seed, options.seed + (options.count - 1) // options.frames_per_room + 1)
    splits = split_rooms(rooms, options.val_share)
    shots: list[Shot] = []
    for position in range(options.count):
        room, frame = divmod(position, options.frames_per_room)
        shots.append(Shot(rooms[room], frame, splits[rooms[room]]))
    return shots


def split_rooms(seeds: Sequence[int], val_share: float) -> dict[int, Split]:
    """What each room may be used for; rooms from FIRST_TEST_SEED on are for testing whatever is asked.

    Of the others, a seed alone decides, and seeds in a row are spread evenly. Only where that leaves none for
    validation, or none for training, of two rooms or more, the last or the first one is moved.
    """
    splits: dict[int, Split] = {seed: _split(seed, val_share) for seed in seeds}
    usable = [seed for seed in seeds if seed < FIRST_TEST_SEED]
    if len(usable) > 1 and val_share > 0:
        kinds = {splits[seed] for seed in usable}
        if "val" not in kinds:
            splits[usable[-1]] = "val"
        if "train" not in kinds:
            splits[usable[0]] = "train"
    return splits


def _split(seed: int, val_share: float) -> Split:
    if seed >= FIRST_TEST_SEED:
        return "test"
    spread = (seed * GOLDEN_64 % 2**64) / 2**64  # 0..1; multiples of the golden ratio fill it evenly
    return "val" if 1 - spread <= val_share else "train"

"""The command with the rooms it is made for; everything else about it is tested with rooms that cost nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from plain_rooms import folder_bytes

from console.interrupt import Interrupt
from sensors.prepared import read_index
from sensors.rooms.room import Room
from training.rooms_command import RoomsOptions, run

pytestmark = pytest.mark.timeout(120)
SIZE = (64, 48)


def write(out: Path, **changes) -> int:
    return run(RoomsOptions(**{"out": out, "count": 6, "seed": 40, "size": SIZE, "workers": 1, **changes}), Interrupt())


@pytest.mark.parametrize("layout", ["prepared", "sunrgbd"])
def test_the_same_bytes_from_one_process_and_from_two(tmp_path: Path, layout: str) -> None:
    write(tmp_path / "one", layout=layout)
    write(tmp_path / "two", layout=layout, workers=2)
    assert folder_bytes(tmp_path / "one") == folder_bytes(tmp_path / "two")


def test_what_is_read_is_what_the_room_shows(tmp_path: Path) -> None:
    write(tmp_path / "out", count=4, frames_per_room=2)
    index = read_index(tmp_path / "out")
    assert [sample.scene for sample in index.samples] == ["40", "40", "41", "41"]
    for position, sample in enumerate(index.samples):
        room = Room(40 + position // 2)
        rng = room.frame_rng(position % 2)
        frame = room.render(room.viewpoint(rng), room.intrinsics(SIZE), rng)
        arrays = index.read(sample)
        np.testing.assert_array_equal(arrays.depth_steps, frame.depth_mm)
        np.testing.assert_array_equal(arrays.label, frame.label)
        assert np.abs(arrays.color.astype(int) - frame.color).mean() < 3
        assert (sample.camera, sample.intrinsics.fx) == (room.camera, frame.intrinsics.fx)
    first, second = (index.read(sample) for sample in index.samples[:2])
    assert (first.label != second.label).mean() > 0.1  # two views of one room

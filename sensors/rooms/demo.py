"""Writes the recording that bare `rgbd-live` plays: `python -m sensors.rooms.demo OUT.db3`.

A walk through a room that no model is trained on, in RealSense's own format, so that it is read as a user's recording.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from sensors.recordings.db3_writer import Db3Writer
from sensors.rooms.film import RoomFilm

SEED = 70_196  # a living room with much in it; from 70000 on rooms are never trained on
FIRST, FRAMES, FPS = 80, 70, 10


def write_demo(path: Path) -> None:
    """Write the demo: 320x240, 70 frames at 10 frames/s. Raises FileExistsError if path exists, and OSError."""
    film = RoomFilm(SEED, fps=FPS)
    with Db3Writer(
        path,
        like=film.frame(FIRST),
        fps=FPS,
        device_name="Procedural room (generated)",
        serial="000000",
        compression_level=9,
    ) as writer:
        for index in range(FRAMES):
            raw = film.frame(FIRST + index)
            writer.write(replace(raw, index=index, timestamp_s=index / FPS, clock="recording", frame_number=index + 1))


if __name__ == "__main__":
    write_demo(Path(sys.argv[1]))

"""`rgbd-train rooms` with rooms of tests/support/plain_rooms.py: rooms_program.py OUT COUNT WORKERS ROOM [LAYOUT]."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from console.main import run_program  # noqa: E402


def rooms(arguments, interrupt, _started_s):
    import plain_rooms  # in here, as the command line does, so that signals are in order before anything slow

    from training.rooms_command import RoomsOptions, run

    out, count, workers, room, *layout = arguments
    options = RoomsOptions(
        out=Path(out), count=int(count), workers=int(workers), size=(40, 32), layout=(layout or ["prepared"])[0]
    )
    return run(options, interrupt, open_room=getattr(plain_rooms, room))


if __name__ == "__main__":
    sys.exit(run_program("rgbd-train", rooms))

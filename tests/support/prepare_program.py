"""`rgbd-train prepare` with a reader of tests/support/fake_dataset.py: prepare_program.py SOURCE OUT WORKERS READER."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from console.main import run_program  # noqa: E402


def prepare(arguments, interrupt, _started_s):
    import fake_dataset  # in here, as the command line does, so that signals are in order before anything slow

    from training.prepare.command import PrepareOptions, run

    source, out, workers, reader = arguments
    options = PrepareOptions(dataset="sunrgbd", source=Path(source), out=Path(out), workers=int(workers))
    return run(options, interrupt, opener=getattr(fake_dataset, reader))


if __name__ == "__main__":
    sys.exit(run_program("rgbd-train", prepare))

"""The entry point of `rgbd-train`.

Nothing heavier than the standard library is imported up here, so that Ctrl-C is in order from the first moment.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from console.interrupt import Interrupt
from console.main import run_program


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code. arguments: as in sys.argv[1:]."""
    return run_program("rgbd-train", _run, arguments)


def _run(arguments: list[str], interrupt: Interrupt, started_s: float) -> int:
    from training.command_line import run

    return run(arguments, interrupt, started_s)


if __name__ == "__main__":
    sys.exit(main())

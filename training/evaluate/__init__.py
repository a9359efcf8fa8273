"""`rgbd-train evaluate`: how well a model does on prepared samples, as numbers, tables and pictures."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from training.evaluate.options import EvaluateOptions

if TYPE_CHECKING:
    from console.interrupt import Interrupt

__all__ = ["EvaluateOptions", "run"]


def run(options: EvaluateOptions, interrupt: Interrupt) -> int:
    """Evaluate, write the report and print the scores; returns the exit code.

    Raises KeyboardInterrupt, with nothing written, when a signal came, and the errors that console.exit_codes knows.
    """
    from console.threads import let_threads_sleep

    let_threads_sleep()
    if options.out is not None:
        require_matplotlib()
    from training.evaluate.command import run_evaluation

    return run_evaluation(options, interrupt)


def require_matplotlib() -> None:
    """Raise MissingLibraryError, which says how to get it, unless the pictures can be drawn."""
    from sensors.errors import MissingLibraryError

    if find_spec("matplotlib") is None:
        raise MissingLibraryError(
            "a report needs matplotlib, which is not installed: run make setup, or pip install 'rgbd-live[train]', or"
            " leave out --out for the table alone"
        )

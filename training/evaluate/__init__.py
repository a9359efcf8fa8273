"""`rgbd-train evaluate`: how well a model does on prepared samples, as numbers, tables and pictures."""

from __future__ import annotations

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
    from training.evaluate.command import run_evaluation

    return run_evaluation(options, interrupt)

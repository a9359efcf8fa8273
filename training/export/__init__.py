"""`rgbd-train export`: a model as a file for another runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.export.options import ExportOptions

if TYPE_CHECKING:
    from console.interrupt import Interrupt

__all__ = ["ExportOptions", "run"]


def run(options: ExportOptions, interrupt: Interrupt) -> int:
    """Write the file, check it and tell; returns the exit code.

    Raises KeyboardInterrupt when a signal came, and the errors that console.exit_codes knows; then nothing is written.
    """
    from console.threads import let_threads_sleep

    let_threads_sleep()
    from training.export.command import run_export

    return run_export(options, interrupt)

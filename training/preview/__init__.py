"""`rgbd-train preview`: what a training would see, as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.preview.options import PreviewOptions

if TYPE_CHECKING:
    from console.interrupt import Interrupt

__all__ = ["PreviewOptions", "run"]


def run(options: PreviewOptions, interrupt: Interrupt) -> int:
    """Draw augmented samples and write the picture; returns the exit code.

    Raises KeyboardInterrupt, with nothing written, when a signal came, and the errors that console.exit_codes knows.
    """
    from console.threads import let_threads_sleep

    let_threads_sleep()
    from training.preview.command import draw_preview

    return draw_preview(options, interrupt)

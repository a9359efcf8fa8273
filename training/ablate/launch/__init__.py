"""Where the runs of a grid go: processes on this machine, or a Ray cluster."""

from __future__ import annotations

from contextlib import AbstractContextManager

from console.interrupt import Interrupt
from training.ablate.launch.launcher import Handle, Launcher
from training.ablate.options import AblateOptions

__all__ = ["Handle", "Launcher", "make_launcher"]


def make_launcher(options: AblateOptions, interrupt: Interrupt) -> AbstractContextManager[Launcher]:
    """The launcher that the options name.

    Raises MissingLibraryError where Ray is not installed; entering it UsageError where no cluster answers.
    """
    if options.launcher == "ray":
        from training.ablate.launch.cluster import RayLauncher, require_ray

        require_ray()
        return RayLauncher(options, interrupt)
    from training.ablate.launch.local import LocalLauncher

    return LocalLauncher(options)

"""`rgbd-train ablate`: what each part of the malleable convolution is worth, as a grid of independent training runs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from training.ablate.options import AblateOptions

if TYPE_CHECKING:
    from console.interrupt import Interrupt

__all__ = ["AblateOptions", "run"]


def run(options: AblateOptions, interrupt: Interrupt) -> int:
    """Train what is not trained yet and write the report; returns the exit code.

    Raises KeyboardInterrupt when a signal came (the same command goes on), and the errors that console.exit_codes
    knows.
    """
    from training.start import require_training_libraries

    require_training_libraries()
    require_report_libraries()
    from training.ablate.command import run_grid

    return run_grid(options, interrupt)


def require_report_libraries() -> None:
    """Raise MissingLibraryError, which says how to get them, unless a report can be made; before hours of training."""
    from sensors.errors import MissingLibraryError

    missing = [name for name in ("matplotlib", "scipy") if find_spec(name) is None]
    if missing:
        raise MissingLibraryError(
            f"the report needs {', '.join(missing)}, which is not installed: run make setup, or pip install"
            " 'rgbd-live[train]'"
        )

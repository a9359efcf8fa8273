"""What must be settled before torch and Lightning are loaded."""

from __future__ import annotations

from console.interrupt import Interrupt
from console.threads import let_threads_sleep
from sensors.errors import MissingLibraryError
from training.begin.early import refuse_early
from training.options import TrainOptions

NEEDED = ("pytorch_lightning", "tensorboard")


def start(options: TrainOptions, interrupt: Interrupt) -> int:
    """Train; returns the exit code. Raises MissingLibraryError where the `train` extra is not installed."""
    let_threads_sleep()
    require_training_libraries()
    refuse_early(options)
    from training.run import train

    return train(options, interrupt)


def require_training_libraries() -> None:
    """Raise MissingLibraryError, which says how to get them, unless the libraries of the `train` extra are there."""
    from importlib.util import find_spec

    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MissingLibraryError(
            f"training needs {', '.join(missing)}, which is not installed: run make setup, or pip install"
            " 'rgbd-live[train]'"
        )

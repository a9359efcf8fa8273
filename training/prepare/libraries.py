"""The optional libraries that MATLAB's files are read with."""

from __future__ import annotations

from importlib.util import find_spec

from sensors.errors import MissingLibraryError

NEEDED = ("h5py", "scipy")


def require_libraries(dataset: str) -> None:
    """Raise MissingLibraryError where one is not installed. dataset: as on the command line."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        verb = "is" if len(missing) == 1 else "are"
        raise MissingLibraryError(
            f"--dataset {dataset} needs {' and '.join(missing)}, which {verb} not installed: run make setup, or pip"
            " install 'rgbd-live[train]'"
        )

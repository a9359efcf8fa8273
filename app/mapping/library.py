"""Open3D, loaded when it is needed."""

from __future__ import annotations

from typing import Any

from sensors.errors import MissingLibraryError


def load_open3d(what: str) -> Any:
    """The module open3d. what: who needs it, in plural. Raises MissingLibraryError where it cannot be loaded."""
    try:
        import open3d
    except (ImportError, OSError) as error:  # OSError: a system library that the wheel wants is missing
        reason = " ".join(str(error).split())
        raise MissingLibraryError(
            f"{what} need Open3D, which cannot be loaded ({reason}); pip install open3d (the extra 3d)"
        ) from error
    open3d.utility.set_verbosity_level(open3d.utility.VerbosityLevel.Error)  # it warns of every frame that it loses
    return open3d

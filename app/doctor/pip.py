"""The commands that cure, spelled so that they act on the Python that runs the program."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def pip_install(packages: str) -> str:
    """`pip install ...` with the pip of this very environment, also where the environment is not activated."""
    return f"{_pip()} install {packages}"


def pip_uninstall(packages: str) -> str:
    """`pip uninstall ...`, likewise."""
    return f"{_pip()} uninstall -y {packages}"


def apt_install(packages: str) -> str:
    """The Debian and Ubuntu way."""
    return f"sudo apt-get install -y {packages}"


def _pip() -> str:
    ours = Path(sys.executable).parent / ("pip.exe" if sys.platform == "win32" else "pip")
    found = shutil.which("pip")
    if found and Path(found) == ours:
        return "pip"
    return _short(ours) if ours.exists() else f"{_short(Path(sys.executable))} -m pip"


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)

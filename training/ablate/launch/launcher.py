"""What the grid asks of a launcher."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Handle(Protocol):
    """A run under way."""

    def code(self) -> int | None:
        """The exit code, negative for a signal; None while it is under way."""
        ...

    def stop(self) -> None:
        """Ask it to end in order; asking twice is no harm."""
        ...

    def kill(self) -> None:
        """End it at once, and return when it has ended."""
        ...


class Launcher(Protocol):
    """Starts runs. parallel: how many may be under way at a time."""

    parallel: int

    def start(self, folder: Path) -> Handle:
        """Train the run whose folder this is, which holds its run.json."""
        ...

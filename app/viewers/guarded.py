"""A viewer that may fail: the program goes on without it."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from app.pipeline import Viewer
from app.result import Result
from app.viewers.console import ConsoleViewer
from console.say import say
from sensors.source import SourceStatus

logger = logging.getLogger(__name__)


class GuardedViewer:
    """Passes everything on to a viewer; once that has raised, says so in one line and tells in the terminal instead.

    A defect in drawing, or a display that goes away, must not cost a recording.
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer

    @property
    def name(self) -> str:
        """Of the viewer that shows now."""
        return self._viewer.name

    @property
    def wait_s(self) -> float:
        """Of the viewer that shows now."""
        return self._viewer.wait_s

    def show(self, result: Result) -> None:
        """Show one result."""
        try:
            self._viewer.show(result)
        except Exception as error:
            self._go_on_without(error)

    def attend(self, status: SourceStatus) -> bool:
        """Look after the viewer; False when the user quits."""
        try:
            return self._viewer.attend(status)
        except Exception as error:
            self._go_on_without(error)
            return True

    def picture(self) -> NDArray[np.uint8] | None:
        """What is seen now; None where that is the usual picture or nothing."""
        try:
            return self._viewer.picture()
        except Exception as error:
            self._go_on_without(error)
            return None

    def close(self) -> None:
        """Take the picture away."""
        try:
            self._viewer.close()
        except Exception as error:
            self._go_on_without(error)

    def _go_on_without(self, error: Exception) -> None:
        if isinstance(self._viewer, ConsoleViewer):
            raise error
        failed, self._viewer = self._viewer, ConsoleViewer()
        say(f"the {failed.name} view failed and is closed; everything else goes on ({type(error).__name__}: {error})")
        logger.debug("the %s view failed", failed.name, exc_info=error)
        try:
            failed.close()
        except Exception as closing_error:
            logger.debug("closing it failed too", exc_info=closing_error)

"""Which viewer to use: what was asked for, or the next best with a line that says why."""

from __future__ import annotations

import importlib.util

from app.options import LiveOptions
from app.pipeline import Viewer
from app.viewers.console import ConsoleViewer
from app.viewers.context import ViewContext
from app.viewers.guarded import GuardedViewer
from app.viewers.probe import FILES_WORK, WindowProbe
from app.viewers.three_d.probe import WindowIn3dProbe
from console.errors import DisplayError
from console.say import say
from sensors.errors import MissingLibraryError


class Probes:
    """What is being found out: whether a window opens, and whether one in 3D does. None: nobody asks.

    For "3d" the plain window is tried only when that one does not open, for "auto" at the same time: it is quick.
    """

    def __init__(self, view: str) -> None:
        self.in_3d = WindowIn3dProbe(only_hardware=view == "auto") if view in ("auto", "3d") else None
        self.plain = WindowProbe() if view != "3d" else None

    def reason(self) -> str | None:
        """Why no plain window can be opened; None when one can."""
        if self.plain is None:
            self.plain = WindowProbe()
        return self.plain.reason()

    def close(self) -> None:
        """End what nobody wants to know any more."""
        for probe in (self.in_3d, self.plain):
            if probe is not None:
                probe.close()


def start_probe(options: LiveOptions) -> Probes | None:
    """Begin to find out which windows open, while the rest loads; None where no window is wanted."""
    return None if options.view in ("none", "web") else Probes(options.view)


def choose_viewer(options: LiveOptions, probe: Probes | None, context: ViewContext) -> Viewer:
    """The viewer that works here; one that fails later is replaced by the terminal.

    Raises DisplayError where a window was asked for by name, cannot be opened, and nothing is to be written either; for
    the browser view also MissingLibraryError, and UsageError for an address that this machine does not have.
    """
    if options.view == "web":
        return _web_viewer(options, context)
    if probe is None:
        return ConsoleViewer()
    opened = None if probe.in_3d is None else probe.in_3d.open(context)
    if opened is not None and not isinstance(opened, str):
        return GuardedViewer(opened)
    lack_3d = opened if options.view == "3d" else None  # who did not ask for it need not hear of it
    reason = probe.reason()
    if reason is None:
        if lack_3d is not None:
            say(f"no 3D window, so a plain one: {lack_3d}")
        return _plain_window(context)
    return _no_window(options, lack_3d or reason)


def _plain_window(context: ViewContext) -> Viewer:
    from app.viewers.window import WindowViewer

    return GuardedViewer(WindowViewer(context))


def _no_window(options: LiveOptions, reason: str) -> Viewer:
    if importlib.util.find_spec("viser") is not None:
        reason += "; --view web shows it in a browser"
    if options.view in ("2d", "3d") and not options.outputs:
        raise DisplayError(f"--view {options.view}: {reason}")
    say(f"no window: {reason.replace(FILES_WORK, 'files are written without one') if options.outputs else reason}")
    return ConsoleViewer()


def _web_viewer(options: LiveOptions, context: ViewContext) -> Viewer:
    from app.viewers.web.open import open_web_viewer

    try:
        return GuardedViewer(open_web_viewer(options, context))
    except (DisplayError, MissingLibraryError) as error:
        if not options.outputs:
            raise
        say(str(error))
        return ConsoleViewer()

"""Which viewer to use: what was asked for, or the next best with a line that says why."""

from __future__ import annotations

from app.options import LiveOptions
from app.pipeline import Viewer
from app.viewers.console import ConsoleViewer
from app.viewers.context import ViewContext
from app.viewers.guarded import GuardedViewer
from app.viewers.probe import WindowProbe
from console.errors import DisplayError
from console.say import say
from sensors.errors import MissingLibraryError


def start_probe(options: LiveOptions) -> WindowProbe | None:
    """Begin to find out whether a window opens, while the rest loads; None where no window is wanted."""
    return None if options.view in ("none", "web") else WindowProbe()


def choose_viewer(options: LiveOptions, probe: WindowProbe | None, context: ViewContext) -> Viewer:
    """The viewer that works here; one that fails later is replaced by the terminal.

    Raises DisplayError where a window was asked for by name, cannot be opened, and nothing is to be written either; for
    the browser view also MissingLibraryError, and UsageError for an address that this machine does not have.
    """
    if options.view == "web":
        return _web_viewer(options, context)
    reason = None if probe is None else probe.reason()
    if probe is not None and reason is None:
        from app.viewers.window import WindowViewer

        return GuardedViewer(WindowViewer(context))
    if reason is not None and options.view == "2d" and not options.outputs:
        raise DisplayError(f"--view 2d: {reason}")
    if reason is not None:
        say(f"no window: {reason}")
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

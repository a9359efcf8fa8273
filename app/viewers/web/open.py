"""Opening the browser view: where, for whom, and what is said about it."""

from __future__ import annotations

from app.options import LOOPBACK, LiveOptions
from app.viewers.context import ViewContext
from app.viewers.web.address import Address, open_address
from app.viewers.web.door import Door, new_token
from app.viewers.web.viewer import WebViewer
from console.say import say
from sensors.errors import MissingLibraryError


def open_web_viewer(options: LiveOptions, context: ViewContext) -> WebViewer:
    """A view that is being served; its address is told.

    Raises MissingLibraryError without viser, DisplayError where the port is taken, UsageError for a host that this
    machine does not have.
    """
    _require_viser()
    address = open_address(options.host or LOOPBACK[0], options.port)
    try:
        door = Door(token=new_token() if options.allow_remote else None, cookie=f"rgbd_live_{address.port}")
        viewer = WebViewer(context, address, door)
    except BaseException:
        address.listener.close()
        raise
    _tell(address, door)
    return viewer


def _require_viser() -> None:
    try:
        import viser  # noqa: F401
        import websockets  # noqa: F401
    except ImportError as error:
        raise MissingLibraryError(
            f"--view web needs viser: install the extra web (pip install 'rgbd-live[web]') ({error})"
        ) from error


def _tell(address: Address, door: Door) -> None:
    taken = "" if address.asked_port is not None or address.is_usual_port else " (the usual port is taken)"
    if door.token is None:
        say(f"open {address.url} in a browser on this machine{taken}; Ctrl-C here ends the program")
        return
    say(f"open {address.url}?token={door.token} in a browser{taken}; Ctrl-C here ends the program")
    say(
        f"--allow-remote: whoever reaches port {address.port} and has this address can watch the camera, steer the"
        " program and save files on this machine. Nothing is encrypted: others on the network can read along, the token"
        f" too. Where that matters, leave --host out and use ssh -L {address.port}:localhost:{address.port} MACHINE"
    )

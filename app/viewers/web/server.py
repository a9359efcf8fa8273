"""viser, with our door before it: on one socket of ours, where every request is judged before viser sees it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from app.viewers.web import limits
from app.viewers.web.address import Address
from app.viewers.web.door import Door
from app.viewers.web.incoming import LARGEST_BYTES, only_said_by_page
from app.viewers.web.replies import Command, Replies
from console.errors import DisplayError

logger = logging.getLogger(__name__)


class WebServer:
    """Serves the page and viser's websocket from an address.

    on_command: see Replies. Raises DisplayError where this viser cannot be guarded.
    """

    def __init__(self, address: Address, door: Door, title: str, on_command: Command) -> None:
        self._replies = Replies(door, title, on_command)
        self._visitors = 0
        self._is_behind_door = False
        self.viser = _without_chatter(lambda: self._start(address))
        if not self._is_behind_door:
            self.close()
            raise DisplayError("--view web: this version of viser does not let its visitors be checked; update viser")

    def close(self) -> None:
        """Send everyone away."""
        _without_chatter(self.viser.stop)

    def spent_s(self) -> float:
        """Processor seconds of the thread that sends; 0 where the system does not tell."""
        thread = self.viser._websock_server._server_thread
        if thread is None or not thread.is_alive() or not hasattr(time, "pthread_getcpuclockid"):
            return 0.0
        return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))

    def _start(self, address: Address) -> Any:
        """A viser server on our socket.

        viser takes neither a socket nor a check of requests, but opens its server by one call of websockets, in which
        both can be put.
        """
        import websockets.asyncio.server as sockets
        from viser import ViserServer

        serve = sockets.serve

        def serve_behind_door(handler: Any, _host: Any, _port: Any, **options: Any) -> Any:
            self._is_behind_door = True
            asyncio.get_running_loop().set_exception_handler(_note)
            options |= {
                "process_request": self._replies.reply,
                "create_connection": limits.bounded_connection(),
                "max_size": LARGEST_BYTES,
                "server_header": None,
                "logger": limits.Unheard(logger, {}),
            }
            return serve(self._counted(handler), sock=address.listener, **options)

        sockets.serve = serve_behind_door  # type: ignore[assignment]
        try:
            return ViserServer(host="127.0.0.1", port=0, verbose=False)
        finally:
            sockets.serve = serve

    def _counted(self, handler: Any) -> Any:
        """viser's handler of one websocket, for so many at a time."""

        async def handle(connection: Any) -> None:
            if self._visitors >= limits.MOST_VISITORS:
                await connection.close(1013, "too many viewers")
                return
            self._visitors += 1
            connection.recv = only_said_by_page(connection.recv)
            watch = asyncio.create_task(limits.drop_when_stalled(connection.transport))
            try:
                await handler(connection)
            finally:
                watch.cancel()
                self._visitors -= 1

        return handle


def _note(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a visitor's message has led to in viser: no news for whoever runs the program."""
    logger.debug("%s", context.get("message"), exc_info=context.get("exception"))


def _without_chatter(act: Callable[[], Any]) -> Any:
    """Do it without what viser prints; the address is ours to tell."""
    import rich

    console = rich.get_console()
    was_quiet, console.quiet = console.quiet, True
    try:
        return act()
    finally:
        console.quiet = was_quiet

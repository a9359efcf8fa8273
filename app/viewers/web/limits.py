"""What keeps strangers and stalled visitors from taking the program's memory, files and terminal."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

MOST_VISITORS = 32  # each may hold an update or two in memory while its link is slow
MOST_CONNECTIONS = 160  # whoever they are from; a recording needs files to be left
STALLED_S, WATCH_S = 20.0, 2.0


class Unheard(logging.LoggerAdapter):
    """Logs all as remarks for finding faults: what a port scan sends is no news, and no traceback on the terminal."""

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Log, but as debug."""
        super().log(min(level, logging.DEBUG), msg, *args, **kwargs)


def bounded_connection() -> type:
    """websockets' connection, of which there are MOST_CONNECTIONS at a time; more are cut off at once."""
    from websockets.asyncio.server import ServerConnection

    present: set[ServerConnection] = set()

    class Bounded(ServerConnection):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            present.add(self)
            if len(present) > MOST_CONNECTIONS:
                transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            present.discard(self)
            super().connection_lost(exc)

    return Bounded


async def drop_when_stalled(transport: asyncio.WriteTransport) -> None:
    """Close a connection whose other end has taken nothing for STALLED_S; websockets' own pings wait with the rest."""
    waits, since_s = 0, time.monotonic()
    while time.monotonic() < since_s + STALLED_S:
        await asyncio.sleep(WATCH_S)
        waited, waits = waits, transport.get_write_buffer_size()
        if waits == 0 or waits < waited:
            since_s = time.monotonic()
    transport.abort()

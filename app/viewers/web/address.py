"""The address that the browser view listens on."""

from __future__ import annotations

import errno
import os
import socket
from dataclasses import dataclass

from app.options import DEFAULT_PORT
from console.errors import DisplayError, UsageError

TRIED_PORTS = 20
SEND_BUFFER_BYTES = 1 << 18  # a slow link shows the newest picture, not those of the last seconds


@dataclass(frozen=True, slots=True)
class Address:
    """A socket that listens, and where. asked_port: what was asked for, None for any good one."""

    listener: socket.socket
    host: str
    port: int
    asked_port: int | None

    @property
    def url(self) -> str:
        """What to type into a browser on this machine, or on another where every address is listened on."""
        host = machine_name() if self.is_everywhere else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    @property
    def is_usual_port(self) -> bool:
        """Whether it is the port that is tried first."""
        return self.port == DEFAULT_PORT

    @property
    def is_everywhere(self) -> bool:
        """Whether all of the machine's addresses are listened on."""
        return self.host in ("0.0.0.0", "::")


def open_address(host: str, port: int | None) -> Address:
    """Listen on host and port; None: the usual port, or the next that is free.

    Raises DisplayError where a port that was asked for is taken or none is free, UsageError for a host that this
    machine does not have.
    """
    ports = [port] if port is not None else [*range(DEFAULT_PORT, DEFAULT_PORT + TRIED_PORTS), 0]
    for candidate in ports:
        listener = _listen(host, candidate)
        if listener is not None:
            return Address(listener, host, listener.getsockname()[1], port)
    raise DisplayError(
        f"--view web: port {port} is taken by another program; choose another, or --port 0 for any that is free"
    )


def _listen(host: str, port: int) -> socket.socket | None:
    """A listening socket, or None where the port is taken. Raises UsageError and DisplayError."""
    try:
        family, kind, protocol, _, place = _resolve(host, port)
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"--host {host}: {_reason(error)}") from error
    try:
        if os.name == "posix":  # elsewhere it would let two programs share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.bind(place)
        listener.listen(64)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            return None
        if error.errno == errno.EACCES:
            raise DisplayError(f"--view web: port {port} is reserved for the system; choose one above 1023") from error
        raise UsageError(f"--host {host}: {_reason(error)}") from error
    return listener


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple]:
    """Where to listen, IPv4 first: "localhost" is both. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return min(found, key=lambda entry: entry[0] != socket.AF_INET)


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return "this machine has no such address"
    return error.strerror or str(error)


def machine_name() -> str:
    """This machine's address in its network, else its name; nothing is sent to find it out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address reserved for documentation; a datagram socket sends nothing
            return probe.getsockname()[0]
        except OSError:
            return socket.gethostname()

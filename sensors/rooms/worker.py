"""A process that films a room ahead of time: both sides of the pipe between it and the source that started it.

It is a program of its own and not a fork, since forking a program with threads (OpenCV's, torch's) can hang, and in a
session of its own, so that Ctrl-C in the terminal reaches only whoever must close things in order. It ends when its
pipe is closed, so it cannot outlive its source.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import IO, Any, Literal

HEADER = struct.Struct("<cqI")  # kind of message, a number, length of what follows
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
ROOT = Path(__file__).resolve().parents[2]
_BOOT = "import sys; sys.path[0] = sys.argv.pop(1); from sensors.rooms.worker import main; main()"

Kind = Literal[b"k", b"f", b"e"]  # the room's kind (text), a frame (its number, then its bytes), an error (text)


class WorkerEndedError(EOFError):
    """The process is no more; the message says how it ended, such as "it ended with status -9"."""


class RenderWorker:
    """Renders frames first, first + step, ... of room seed; at most one that nobody took. Ended by close().

    Both ways of reading raise WorkerEndedError, also when kill() or close() is called meanwhile, and RuntimeError with
    the process's own words when something failed in it.
    """

    def __init__(self, seed: int, size: tuple[int, int], fps: float, *, first: int, step: int) -> None:
        values = (seed, *size, fps, first, step)
        self._room_kind: str | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT, str(ROOT), *map(str, values)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **ONE_THREAD},
            bufsize=0,
            start_new_session=True,
        )

    @property
    def process_id(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    def room_kind(self) -> str:
        """The room's kind; waits until it is furnished."""
        if self._room_kind is None:
            self._room_kind = self._message()[1].decode()
        return self._room_kind

    def frame(self) -> tuple[int, bytearray]:
        """The next frame's number and bytes: those of its colour, then those of its depth."""
        self.room_kind()
        return self._message()

    def kill(self) -> None:
        """End the process, which ends a read() that waits; callable from any thread."""
        self._process.kill()

    def close(self) -> None:
        """End the process and forget it."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _message(self) -> tuple[int, bytearray]:
        kind, number, length = HEADER.unpack(self._read(HEADER.size))
        content = self._read(length)
        if kind == b"e":
            raise RuntimeError(content.decode())
        return number, content

    def _read(self, length: int) -> bytearray:
        data = bytearray(length)
        view, done = memoryview(data), 0
        pipe: Any = self._process.stdout
        while done < length:
            try:
                got = pipe.readinto(view[done:])
            except ValueError as error:
                raise WorkerEndedError("it was closed") from error
            if not got:
                raise WorkerEndedError(f"it ended with status {self._process.wait()}")
            done += got
        return data


def main() -> None:
    """The program of the process; its arguments are RenderWorker's."""
    pipe = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever prints does not get between the messages
    try:
        for kind, number, parts in _messages(sys.argv[1:]):
            _send(pipe, kind, number, parts)
    except BrokenPipeError:
        os._exit(0)  # nobody listens any more, and Python would complain of it at its end
    except Exception as error:
        _send(pipe, b"e", 0, [f"{type(error).__name__}: {error}".encode()])


def _messages(arguments: list[str]) -> Iterator[tuple[Kind, int, list[bytes]]]:
    import cv2

    from sensors.rooms.film import RoomFilm

    cv2.setNumThreads(1)
    seed, width, height = (int(text) for text in arguments[:3])
    film = RoomFilm(seed, (width, height), float(arguments[3]))
    yield b"k", 0, [film.room.kind.encode()]
    for index in count(int(arguments[4]), int(arguments[5])):
        frame = film.frame(index)
        yield b"f", index, [frame.color.tobytes(), frame.depth_raw.tobytes()]


def _send(pipe: IO[bytes], kind: Kind, number: int, parts: list[bytes]) -> None:
    for part in (HEADER.pack(kind, number, sum(map(len, parts))), *parts):
        view = memoryview(part)
        while view:
            view = view[pipe.write(view) :]

"""`--record`: the frames as the camera gave them, on a thread of their own, so that nothing depends on inference."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

from console.atomic import output_errors
from console.errors import OutputError
from sensors.frames import RawFrame
from sensors.source import SourceInfo

USUAL_FPS = 30.0
WAITING = 60  # frames: two seconds at 30 frames/s, about 90 MB at 640x480


class Recorder:
    """Writes raw frames to a .db3; the file appears whole when closed.

    A live source's frame is left out and counted when the disk is too slow; a recording waits. Raises OutputError from
    close() and, once writing has failed, from check().
    """

    def __init__(self, path: Path, info: SourceInfo, *, overwrite: bool = False) -> None:
        self.path = path
        self.dropped = 0
        self.written = 0
        self._info, self._overwrite = info, overwrite
        self._queue: queue.Queue[RawFrame | None] = queue.Queue(WAITING)
        self._error: Exception | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def add(self, raw: RawFrame) -> None:
        """Queue a frame; callable from any thread."""
        if self._error is not None:
            return
        try:
            self._queue.put(raw, block=not self._info.live)
        except queue.Full:
            self.dropped += 1

    def check(self) -> None:
        """Raise what went wrong while writing, if anything did."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Write what is queued, finish the file and give it its name."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self.check()

    def _next(self) -> RawFrame | None:
        raw = self._queue.get()
        self._ended = raw is None
        return raw

    def _run(self) -> None:
        try:
            first = self._next()
            if first is not None:
                self._write(first)
        except Exception as error:
            # A frame that does not fit the ones before it is the recording's trouble, not a defect of ours.
            refused = isinstance(error, ValueError)
            self._error = OutputError(f"cannot write {self.path}: {error}") if refused else error
            while not self._ended:  # nobody may wait for a place in the queue
                self._next()

    def _write(self, first: RawFrame) -> None:
        from sensors.recordings.db3_writer import Db3Writer

        with output_errors(self.path):
            writer = Db3Writer(
                self.path,
                like=first,
                fps=self._info.fps or USUAL_FPS,
                device_name=self._info.name,
                serial="",
                overwrite=self._overwrite,
            )
            with writer:
                raw: RawFrame | None = first
                while raw is not None:
                    writer.write(raw)
                    self.written += 1
                    raw = self._next()

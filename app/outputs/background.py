"""Sinks on a thread of their own, so that encoding and inference run side by side."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence

from app.segment_stage import Sink
from segmentation.result import Segmentation
from sensors.frames import Frame

WAITING = 4  # results; when more pile up the frame path waits: a file that was asked for gets every frame


class BackgroundSinks:
    """A sink that hands each result to several others on one thread. What they raise is raised by the next call.

    close() closes every one of them, also after one has failed, and raises the first error.
    """

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = sinks
        self._queue: queue.Queue[tuple[Frame, Segmentation] | None] = queue.Queue(WAITING)
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="outputs", daemon=True)
        self._thread.start()

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Queue a result."""
        self._raise()
        if self._sinks:
            self._queue.put((frame, segmentation))

    def close(self) -> None:
        """Write what is queued and close every sink."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            if self._error is None:  # after an error the queue is only emptied, so that nobody waits for it
                self._try(lambda sink, item=item: sink.write(*item))
        self._try(lambda sink: sink.close())

    def _try(self, call: Callable[[Sink], None]) -> None:
        for sink in self._sinks:
            try:
                call(sink)
            except Exception as error:
                self._error = self._error or error

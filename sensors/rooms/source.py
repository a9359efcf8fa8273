"""A walk through a procedural room as a FrameSource: an endless live camera that needs no hardware."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Literal

import numpy as np
from typing_extensions import Self

from sensors.cores import usable_cores
from sensors.errors import DeviceLostError
from sensors.frames import RawFrame
from sensors.rooms.rig import rig_frame
from sensors.rooms.worker import RenderWorker, WorkerEndedError
from sensors.source import SourceInfo, SourceStatus

DEFAULT_SIZE = (320, 240)
DEFAULT_FPS = 10.0
MOST_WORKERS = 8  # more are not needed for the default rate

logger = logging.getLogger(__name__)


class RoomsSource:
    """Walks through room `seed` for ever, filmed by a camera pair like a RealSense D435's (sensors.rooms.rig).

    Frames are rendered ahead by `workers` processes (default: one core is left to others), come in order, none left
    out, and not faster than fps; a machine that renders slower shows the walk in slow motion. The same seed, size and
    fps give the same frames. Iterating goes on where it was. A process that dies is started again; raises
    DeviceLostError when it dies twice over one frame, or says why it cannot go on.
    """

    def __init__(
        self,
        seed: int,
        size: tuple[int, int] | None = None,
        fps: float | None = None,
        *,
        workers: int | None = None,
    ) -> None:
        self.seed, self.size, self.fps = seed, size or DEFAULT_SIZE, float(fps or DEFAULT_FPS)
        self.gaps = 0
        self._count = workers or min(max(1, usable_cores() - 1), MOST_WORKERS)
        self._workers: list[RenderWorker] = []  # worker k renders frames k, k + count, k + 2 count, ...
        self._next = 0  # the number of the next frame
        self._kind = ""
        self._changing = threading.Lock()
        self._stopped = threading.Event()
        self._status = SourceStatus("ended", "not opened", time.monotonic())

    @property
    def info(self) -> SourceInfo:
        """What is shown; valid once entered."""
        return SourceInfo(
            name=f"room {self.seed} ({self._kind})",
            kind="generated",
            live=True,
            fps=self.fps,
            reader=f"ray casting in {self._count} process{'es' if self._count > 1 else ''}",
        )

    @property
    def status(self) -> SourceStatus:
        """Whether frames are coming; readable from any thread."""
        return self._status

    def stop(self) -> None:
        """Make a running iteration end at once; callable from any thread."""
        self._stopped.set()
        with self._changing:
            for worker in self._workers:
                worker.kill()

    def __enter__(self) -> Self:
        self._stopped.clear()
        try:
            self._start_all()
            self._kind = self._workers[0].room_kind()
        except (WorkerEndedError, RuntimeError) as error:
            self.__exit__(None, None, None)
            raise DeviceLostError(f"room {self.seed} cannot be furnished: {error}") from error
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self._set_status("streaming", f"{self.info.name} is furnished")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._close_all()
        self._set_status("ended", "closed")

    def __iter__(self) -> Iterator[RawFrame]:
        if self._stopped.is_set():
            self._close_all()
            self._stopped.clear()
            self._start_all()
        self._set_status("streaming", f"walking through {self.info.name}")
        due_s = time.monotonic()
        while (frame := self._next_frame()) is not None:
            if self._stopped.wait(due_s - time.monotonic()):
                break
            due_s = max(due_s, time.monotonic()) + 1 / self.fps
            self._next += 1  # only now: a frame that stop() overtook is the first of the next iteration
            yield frame
        self._set_status("ended", f"{self.info.name} was stopped")

    def _next_frame(self) -> RawFrame | None:
        """The next frame, or None when stopped."""
        reason = ""
        for _ in range(2):
            slot = self._next % self._count
            try:
                index, content = self._workers[slot].frame()
            except RuntimeError as error:
                raise self._lost(str(error)) from error
            except WorkerEndedError as error:
                reason = str(error)
                if not self._start_again(slot):
                    return None
                logger.warning("a process that renders %s is started again: %s", self.info.name, reason)
                continue
            if index != self._next:
                raise self._lost(f"frame {index} came instead of {self._next}")
            width, height = self.size
            color = np.frombuffer(content, np.uint8, 3 * width * height).reshape(height, width, 3)
            depth_mm = np.frombuffer(content, np.uint16, offset=color.nbytes).reshape(height, width)
            return rig_frame(index, color, depth_mm, self.fps)
        raise self._lost(reason)

    def _lost(self, reason: str) -> DeviceLostError:
        message = f"{self.info.name}: frame {self._next} cannot be rendered: {reason}; another seed may do"
        self._set_status("lost", message)
        return DeviceLostError(message)

    def _start(self, first: int) -> RenderWorker:
        return RenderWorker(self.seed, self.size, self.fps, first=first, step=self._count)

    def _start_all(self) -> None:
        """One process for each of the next frames, in the order of their slots."""
        with self._changing:
            for slot in range(self._count):
                self._workers.append(self._start(self._next + (slot - self._next) % self._count))

    def _start_again(self, slot: int) -> bool:
        """Put a new process in the place of one that died; False when it died because of stop()."""
        with self._changing:
            if self._stopped.is_set():
                return False
            self._workers[slot].close()
            self._workers[slot] = self._start(self._next)
            return True

    def _close_all(self) -> None:
        with self._changing:
            while self._workers:
                self._workers.pop().close()

    def _set_status(self, state: Literal["streaming", "lost", "ended"], message: str) -> None:
        self._status = SourceStatus(state, message, time.monotonic())

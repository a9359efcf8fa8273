"""`--save-map` and the windows' map: fusing on a thread of its own, beside the frame path."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

from app.cloud import PointCloud
from app.mailbox import Mailbox
from app.mapping.library import load_open3d
from app.mapping.mapper import MapCounts, Mapper
from console.errors import OutputError
from segmentation.result import Segmentation
from sensors.frames import Frame

WAIT_S = 0.1  # how long the thread may go without seeing whether a snapshot is wanted
NICENESS = 10  # what a frame costs here is taken from what inference leaves over

logger = logging.getLogger(__name__)


class LiveMap:
    """A sink that fuses what it is given into a map, and shows it to viewers (see app.viewers.context.MapToggle).

    path: where the map is written when closed, None = nowhere; with a path it is on to the end. drops: the newest
    result wins, and those that came too fast are counted; otherwise every one is waited for.
    Raises MissingLibraryError where a file is asked for and Open3D is not installed.
    """

    def __init__(self, path: Path | None, *, model: str, drops: bool) -> None:
        if path is not None:
            load_open3d("maps")  # now, not after the first frame
        self._is_on = path is not None
        self._path, self._model, self._drops = path, model, drops
        self._trained = True
        self._mapper: Mapper | None = None
        self._error: Exception | None = None
        self._waiting: Mailbox[tuple[Frame, Segmentation]] = Mailbox()
        self._thread = threading.Thread(target=self._run, name="map", daemon=True)
        self._thread.start()

    @property
    def is_on(self) -> bool:
        """Whether frames are fused; a map that goes to a file cannot be switched off."""
        return self._is_on

    @is_on.setter
    def is_on(self, on: bool) -> None:
        self._is_on = on or self._path is not None

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Fuse a result soon, while the map is on. Raises what went wrong, where a file was asked for."""
        self._raise()
        if self.is_on:
            self._waiting.put((frame, segmentation), wait=not self._drops)

    def snapshot(self) -> PointCloud | None:
        """The map so far, None while there is none. Cheap; from any thread."""
        mapper = self._mapper
        return None if mapper is None else mapper.snapshot()

    def close(self) -> None:
        """Fuse what waits and write the file. Raises OutputError where that fails or nothing could be fused."""
        self._waiting.close()
        self._thread.join()
        self._raise()
        if self._path is None:
            return
        if self._mapper is None or not self._mapper.save(self._path, model=self._model, trained=self._trained):
            raise OutputError(f"cannot write {self._path}: no map, since {self._why_none()}")

    @property
    def report(self) -> dict[str, Any]:
        """What became of the frames, as the stats have it."""
        mapper = self._mapper
        counts = MapCounts(0, 0, False) if mapper is None else mapper.counts
        dropped = self._waiting.overwritten
        return {"fused": counts.fused, "lost": counts.lost, "dropped": dropped, "full": counts.full}

    def _why_none(self) -> str:
        fused, seen = self.report["fused"], self.report["fused"] + self.report["lost"]
        if not seen:
            return "no frame came"
        if not fused:
            return "no frame had enough depth to be joined with others"
        return f"only {fused} of {seen} frames could be joined, too few to tell surfaces from noise"

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        _step_back()
        while not self._waiting.finished:
            item = self._waiting.take(WAIT_S)
            if self._error is None:  # after an error the mailbox is only emptied, so that nobody waits for it
                self._try(item)

    def _try(self, item: tuple[Frame, Segmentation] | None) -> None:
        try:
            if item is not None and self.is_on:
                self._add(*item)
            if self._mapper is not None:
                self._mapper.refresh()
        except Exception as error:
            if self._path is not None:
                self._error = error
            else:  # the next one that is switched on begins anew
                self._is_on, self._mapper = False, None
                logger.warning("the map ends here: %s", " ".join(str(error).split()) or type(error).__name__)

    def _add(self, frame: Frame, segmentation: Segmentation) -> None:
        if self._mapper is None:
            self._mapper = Mapper(segmentation.classes)
        self._trained = segmentation.trained
        self._mapper.add(frame, segmentation)


def make_map(path: Path | None, *, model: str, drops: bool, watched: bool) -> LiveMap | None:
    """The map to write to `path`, or one that a viewer can switch on; None where there is nobody who would.

    Raises MissingLibraryError where a file is asked for and Open3D is not installed.
    """
    can_be_switched_on = watched and importlib.util.find_spec("open3d") is not None
    return LiveMap(path, model=model, drops=drops) if path is not None or can_be_switched_on else None


def _step_back() -> None:
    """Let every other thread go first, where a thread's own priority can be set."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)

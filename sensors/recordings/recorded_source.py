"""What every recording reader shares: the FrameSource face, pairing, and errors that name the file and the frame."""

from __future__ import annotations

import sqlite3
import struct
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal

from typing_extensions import Self

from sensors.errors import RecordingError
from sensors.frames import RawFrame
from sensors.recordings.pairing import FramePairer, StreamFrame
from sensors.recordings.realsense_layout import CameraFacts, clock_from
from sensors.source import SourceInfo, SourceStatus

# What parsers raise on content that is not what they expect; anything else is a defect of ours and keeps its traceback.
FAULTS = (
    ValueError,
    LookupError,
    ArithmeticError,
    AssertionError,
    EOFError,
    MemoryError,
    OSError,
    RuntimeError,
    struct.error,
    sqlite3.Error,
)


class RecordedSource(ABC):
    """A recording as a FrameSource; a subclass reads the facts and the frames of one format.

    Nothing stays open between iterations, so iterating again starts at the beginning, from any thread.
    Raises RecordingError on entering and while iterating.
    """

    reader: str

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._facts: CameraFacts | None = None
        self._stop = threading.Event()
        self._pairer: FramePairer | None = None
        self._earlier_gaps = 0
        self._status = SourceStatus("ended", "not opened", time.monotonic())

    @abstractmethod
    def _read_facts(self) -> CameraFacts:
        """Open the file, read what is constant, close it; any of FAULTS means bad content."""

    @abstractmethod
    def _playback(self, stop: threading.Event) -> AbstractContextManager[Iterator[StreamFrame]]:
        """All frames of both streams, each stream in order; they can be decoded until the context is left."""

    @property
    def facts(self) -> CameraFacts:
        """What the recording says about the camera; valid once entered."""
        if self._facts is None:
            raise RuntimeError("the recording is not open: use it in a with statement")
        return self._facts

    @property
    def info(self) -> SourceInfo:
        """What was opened. frame_count: frames of the shorter stream, which is what plays unless some do not pair."""
        counts = [count for count in self.facts.frame_counts.values() if count is not None]
        fps = min(self.facts.fps.values())
        return SourceInfo(
            name=self.path.name,
            kind="recording",
            live=False,
            frame_count=min(counts) if counts else None,
            fps=fps if fps > 0 else None,
            reader=self.reader,
        )

    @property
    def status(self) -> SourceStatus:
        """Whether frames are coming."""
        return self._status

    @property
    def gaps(self) -> int:
        """Frames without a partner and frames missing from the numbering, in all that was played so far."""
        return self._earlier_gaps + (self._pairer.gaps if self._pairer else 0)

    def stop(self) -> None:
        """Make the running iteration end before its next frame."""
        self._stop.set()

    def __enter__(self) -> Self:
        with self._naming_the_file():
            self._facts = self._read_facts()
        self._set_status("streaming", f"playing {self.path.name}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __iter__(self) -> Iterator[RawFrame]:
        return self.frames_from(0)

    def frames_from(self, position: int) -> Iterator[RawFrame]:
        """As iterating, from this 0-based position on; the frames before it are paired but not decoded."""
        self._earlier_gaps = self.gaps
        self._stop = threading.Event()
        self._pairer = FramePairer(faster_fps=max(self.facts.fps.values()))
        self._set_status("streaming", f"playing {self.path.name}")
        return self._frames(self._pairer, self._stop, position)

    def _frames(self, pairer: FramePairer, stop: threading.Event, position: int) -> Iterator[RawFrame]:
        index = 0
        with ExitStack() as resources:
            resources.callback(self._set_status, "ended", f"{self.path.name} has ended")
            with self._naming_the_file():
                pairs = pairer.pairs(resources.enter_context(self._playback(stop)))
            while not stop.is_set():
                with self._naming_the_file(index):
                    pair = next(pairs, None)
                    frame = self._raw_frame(index, *pair) if pair and index >= position else None
                if pair is None:
                    break
                if index == position > 0:
                    self._earlier_gaps -= pairer.gaps  # what lies before the place is not played
                if frame is not None:
                    yield frame
                index += 1
        if index == 0 and not stop.is_set():
            raise RecordingError(
                f"{self.path}: no colour frame lies close enough in time to a depth frame to pair them"
            )

    def _raw_frame(self, index: int, color: StreamFrame, depth: StreamFrame) -> RawFrame:
        facts = self.facts
        return RawFrame(
            index=index,
            timestamp_s=color.stamp_s,
            clock=clock_from(color.clock),
            color=color.decode(),
            depth_raw=depth.decode(),
            depth_unit_m=facts.depth_unit_m,
            color_intrinsics=facts.intrinsics["color"],
            depth_intrinsics=facts.intrinsics["depth"],
            color_from_depth=facts.color_from_depth,
            frame_number=color.number,
        )

    def _set_status(self, state: Literal["streaming", "ended"], message: str) -> None:
        self._status = SourceStatus(state, message, time.monotonic())

    @contextmanager
    def _naming_the_file(self, index: int | None = None) -> Iterator[None]:
        """Turn what parsers raise into one line with the file's name, and the frame's position while playing."""
        place = "" if index is None else f"frame {index}: "
        try:
            yield
        except RecordingError:
            raise
        except sqlite3.Error as error:
            what = f"the file is damaged ({error}); `sqlite3 FILE .recover` may save a part of it"
            raise RecordingError(f"{self.path}: {place}{_printable(what)}") from error
        except UnicodeDecodeError as error:
            raise RecordingError(f"{self.path}: {place}the file is damaged (broken text); record it again") from error
        except ValueError as error:
            raise RecordingError(f"{self.path}: {place}{_printable(str(error))}") from error
        except FAULTS as error:
            detail = f"unexpected content: {error}" if str(error) else "unexpected content"
            what = _printable(f"the file is damaged ({detail}); record it again")
            raise RecordingError(f"{self.path}: {place}{what}") from error


def _printable(text: str) -> str:
    """On one line and without control characters, which a message may have quoted from a damaged file."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)

"""The one interface of every source: enter, iterate, exit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, runtime_checkable

from typing_extensions import Self

from sensors.frames import RawFrame


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source is, known once it is entered.

    name: for people and for the stats file, such as "recording.bag" or "Intel RealSense D435 (serial 0123)".
    kind: "camera", "recording" or "folder". live: newest frame wins; otherwise every frame comes once, in order.
    frame_count, fps: None where not known beforehand.
    reader: which code reads it, such as "librealsense 2.59.1" or "rosbags".
    """

    name: str
    kind: Literal["camera", "recording", "folder", "generated"]
    live: bool
    frame_count: int | None = None
    fps: float | None = None
    reader: str = ""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """Whether frames are coming. since_s: time.monotonic() when this state began."""

    state: Literal["streaming", "lost", "ended"]
    message: str
    since_s: float


class FrameSource(Protocol):
    """Where frames come from.

    Entering opens the device or file (and raises the errors of sensors.errors); leaving closes it, also when
    entering failed half-way. Iterating a recording or folder starts at its beginning each time and ends at its end;
    iterating a camera gives the newest frame, waits while the camera is lost and reconnecting, and raises
    DeviceLostError when it gives up.
    """

    @property
    def info(self) -> SourceInfo:
        """What was opened; valid once entered."""
        ...

    @property
    def status(self) -> SourceStatus:
        """Whether frames are coming; readable from any thread."""
        ...

    @property
    def gaps(self) -> int:
        """Frames the device or recording skipped so far, by its own frame numbers, plus frames without a partner."""
        ...

    def stop(self) -> None:
        """Make a running iteration end soon; callable from any thread, any number of times."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def __iter__(self) -> Iterator[RawFrame]: ...


@runtime_checkable
class SeekableSource(FrameSource, Protocol):
    """A source that can begin anywhere: a recording or a folder."""

    def frames_from(self, position: int) -> Iterator[RawFrame]:
        """As iterating, but from this 0-based position on; none when it lies past the end."""
        ...

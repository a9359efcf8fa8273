"""Which colour frame belongs to which depth frame, by time stamp; the same rule for every reader.

The rule, and why:

* Frames pair in order, and each is used at most once. What finds no partner is dropped and counted.
* A pair may be up to three quarters of the faster stream's frame period apart. Two free-running streams of one rate
  are never more than half a period apart, but real stamps jitter (a real D435 at 6 fps shows 0.61 of a period); a
  whole period is the neighbour that a lost frame leaves behind, and must not pair.
* A frame is passed over for its successor when that one is nearer to the partner. Where the successor has a possible
  partner of its own, it must be clearly nearer (below three quarters of the distance), which keeps two streams half a
  period apart from losing a frame with every jitter, and not nearer to its own; a frame lost at the start, which would
  shift all the rest, is still noticed.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

StreamName = Literal["color", "depth"]
STREAMS: tuple[StreamName, ...] = ("color", "depth")

TOLERANCE_PERIODS = 0.75
CLEARLY_NEARER = 0.75
MOST_WAITING = 32  # frames of one stream that wait for the other before the oldest is given up: bounds the memory
FALLBACK_FPS = 30.0


@dataclass(frozen=True, slots=True)
class StreamFrame:
    """One frame of one stream, not decoded yet.

    stamp_s: seconds on the device's clock. number: the device's frame number, -1 when not known.
    clock: the recording's name of the stamp's clock, such as "Hardware Clock".
    decode: gives the image, (H, W, 3) uint8 RGB or (h, w) uint16; raises ValueError when it is damaged.
    """

    stream: StreamName
    stamp_s: float
    number: int
    clock: str
    decode: Callable[[], NDArray[Any]]

    def __post_init__(self) -> None:
        if not math.isfinite(self.stamp_s):
            raise ValueError(f"a {self.stream} frame has a nonsense time stamp ({self.stamp_s})")


class FramePairer:
    """Pairs one playback's frames as they arrive, and counts what was lost."""

    def __init__(self, *, faster_fps: float) -> None:
        """faster_fps: nominal rate of the faster stream; a rate that is not positive counts as 30."""
        self._tolerance_s = TOLERANCE_PERIODS / (faster_fps if faster_fps > 0 else FALLBACK_FPS)
        self._colors = _Waiting()
        self._depths = _Waiting()
        self._lost_pairs = 0

    @property
    def gaps(self) -> int:
        """Frames without a partner, plus pairs missing from the numbering of both streams at once."""
        return self._colors.dropped + self._depths.dropped + self._lost_pairs

    def pairs(self, arrivals: Iterable[StreamFrame]) -> Iterator[tuple[StreamFrame, StreamFrame]]:
        """(colour, depth) in order; frames of each stream must arrive in its order, the streams may interleave."""
        for frame in arrivals:
            (self._colors if frame.stream == "color" else self._depths).frames.append(frame)
            yield from self._settle(ended=False)
        yield from self._settle(ended=True)

    def _settle(self, *, ended: bool) -> Iterator[tuple[StreamFrame, StreamFrame]]:
        colors, depths = self._colors, self._depths
        while colors.frames and depths.frames and (ended or self._can_look_ahead()):
            passed_over = self._passed_over()
            if passed_over is None:
                yield self._take()
            else:
                passed_over.drop()
        for waiting in (colors, depths):
            while len(waiting.frames) > (0 if ended else MOST_WAITING):
                waiting.drop()

    def _can_look_ahead(self) -> bool:
        lengths = len(self._colors.frames), len(self._depths.frames)
        return min(lengths) >= 2 or max(lengths) > MOST_WAITING

    def _passed_over(self) -> _Waiting | None:
        """The stream whose first frame is to be dropped; None when the two first frames are a pair."""
        colors, depths = self._colors, self._depths
        color, depth = colors.frames[0], depths.frames[0]
        if abs(color.stamp_s - depth.stamp_s) >= self._tolerance_s:
            return colors if color.stamp_s < depth.stamp_s else depths
        if _successor_is_nearer(colors.frames, depths.frames, self._tolerance_s):
            return colors
        if _successor_is_nearer(depths.frames, colors.frames, self._tolerance_s):
            return depths
        return None

    def _take(self) -> tuple[StreamFrame, StreamFrame]:
        color, color_missing = self._colors.take()
        depth, depth_missing = self._depths.take()
        self._lost_pairs += min(color_missing, depth_missing)
        return color, depth


class _Waiting:
    """Frames of one stream that have no partner yet."""

    def __init__(self) -> None:
        self.frames: deque[StreamFrame] = deque()
        self.dropped = 0
        self._dropped_since_pair = 0
        self._paired_number = -1

    def drop(self) -> None:
        self.frames.popleft()
        self.dropped += 1
        self._dropped_since_pair += 1

    def take(self) -> tuple[StreamFrame, int]:
        """The first frame, and how many numbers the device skipped since the last pair."""
        frame = self.frames.popleft()
        known = self._paired_number >= 0 and frame.number >= 0
        missing = frame.number - self._paired_number - 1 - self._dropped_since_pair if known else 0
        self._paired_number = frame.number
        self._dropped_since_pair = 0
        return frame, max(missing, 0)


def _successor_is_nearer(own: deque[StreamFrame], others: deque[StreamFrame], tolerance_s: float) -> bool:
    """Whether own's second frame suits others' first better than own's first does, and is not needed elsewhere."""
    if len(own) < 2:
        return False
    distance_s = abs(own[0].stamp_s - others[0].stamp_s)
    successor_distance_s = abs(own[1].stamp_s - others[0].stamp_s)
    own_partner_distance_s = abs(own[1].stamp_s - others[1].stamp_s) if len(others) > 1 else tolerance_s
    if own_partner_distance_s >= tolerance_s:
        return successor_distance_s < distance_s
    return successor_distance_s < CLEARLY_NEARER * distance_s and successor_distance_s <= own_partner_distance_s

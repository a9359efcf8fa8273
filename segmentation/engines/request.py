"""What an engine is asked to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from segmentation.engines.cache import EngineCache
from segmentation.engines.engine import Precision

if TYPE_CHECKING:  # frames are made before torch is needed
    from segmentation.model_source import ModelSource


class CheckFrame(NamedTuple):
    """A frame that engines are compared on: color (H, W, 3) uint8 RGB, depth_m (H, W) float32, focal_px fx and fy."""

    color: NDArray[np.uint8]
    depth_m: NDArray[np.float32]
    focal_px: tuple[float, float]


@dataclass(frozen=True, slots=True)
class CheckFrames:
    """Frames that engines are compared on, read anew by every call; anybody's own will do.

    name: tells them from all others, such as a file and its size. read: gives at least parity.LEAST_FRAMES of them.
    Both can be pickled, so `read` is a function of a module, or a functools.partial of one.
    """

    name: str
    read: Callable[[], Iterable[CheckFrame]]

    def __call__(self) -> Iterable[CheckFrame]:
        """The frames, from the first."""
        return self.read()


@dataclass(frozen=True, slots=True, eq=False)
class EngineRequest:
    """Which model, where, in which precision, and what is at hand to prepare it.

    device: "auto", "cpu", "cuda" or "cuda:N". cache: of what is prepared. check_frames: that a new engine is checked
    with, read only then; None where there are none.
    """

    source: ModelSource
    device: str = "auto"
    precision: Precision = "auto"
    cache: EngineCache = field(default_factory=EngineCache)
    check_frames: CheckFrames | None = None

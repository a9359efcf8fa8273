"""Work on a GPU recorded once and replayed with one call, and how long its parts take there."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import torch

from segmentation.errors import one_line

T = TypeVar("T")
WARM_UPS = 3  # libraries choose and kernels compile when they first run, which a recording may not contain
_log = logging.getLogger(__name__)


def record(work: Callable[[], T]) -> Callable[[], T]:
    """The same work on the current CUDA device, launched as a whole: what it returns is overwritten by the next call.

    Where it cannot be recorded it stays as it is, with a line that says so. Raises what the work raises at first.
    """
    current, side = torch.cuda.current_stream(), torch.cuda.Stream()
    side.wait_stream(current)
    with torch.cuda.stream(side):
        for _ in range(WARM_UPS):
            work()
    current.wait_stream(side)
    torch.cuda.synchronize()  # what fails here is the work, not its recording
    try:
        graph = torch.cuda.CUDAGraph()
        # Of this device, where torch's own for recording is that of the first device which was recorded on. Other
        # threads go on using the device: they read the scores of frames before.
        with torch.cuda.graph(graph, stream=side, capture_error_mode="thread_local"):
            result = work()
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        _log.warning(f"no CUDA graph can be recorded here ({one_line(error)}): every step is launched by itself")
        return work
    finally:
        torch.cuda.set_stream(current)  # a recording that fails leaves its own in place

    def replay() -> T:
        graph.replay()
        return result

    return replay


class Event(Protocol):
    """A point in the device's work, as torch.cuda.Event is one."""

    def record(self) -> None:
        """It is when all that was asked for so far is done."""
        ...

    def synchronize(self) -> None:
        """Wait for it."""
        ...

    def elapsed_time(self, end_event: Any, /) -> float:
        """Milliseconds from this one to a later one; both are over."""
        ...


class HostEvent:
    """The same where work is done when its call returns."""

    def record(self) -> None:
        """See Event."""
        self._time_s = time.perf_counter()

    def synchronize(self) -> None:
        """See Event."""

    def elapsed_time(self, end_event: HostEvent, /) -> float:
        """See Event."""
        return 1e3 * (end_event._time_s - self._time_s)


def timed_event(device: torch.device) -> Event:
    """An event of a device."""
    return HostEvent() if device.type == "cpu" else torch.cuda.Event(enable_timing=True)

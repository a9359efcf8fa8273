"""What the browser view costs the network beside it: rate kept, updates, bytes and processor time, 640x480.

One process labels frames of a room again and again, without a view and with one that so many visitors look at, taking
turns; a ratio is that of one turn, the table has medians. Visitors are processes of their own that take everything in
and draw nothing, so that what is measured is the program and not a browser; each costs a little processor time too.

    python benchmarks/web_view.py [--rounds N] [--seconds S] [--model NAME]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from _measure import THREADS, print_heading

from app.controls import Controls
from app.result import Pulse, Result
from app.viewers.context import ViewContext
from app.viewers.web.address import open_address
from app.viewers.web.door import Door
from app.viewers.web.viewer import WebViewer
from sensors.align import Aligner
from sensors.rooms.film import RoomFilm
from sensors.source import SourceStatus

SIZE = (640, 480)
FRAMES = 12
STREAMING = SourceStatus("streaming", "", 0.0)
WARM_UP_S = 2.0
VISITOR = """
import sys, msgspec, viser
from websockets.sync.client import connect
eye = dict(type="ViewerCameraMessage", wxyz=(1., 0., 0., 0.), position=(0., 0., -1.), fov=1., near=.01, far=100.,
           image_height=480, image_width=640, look_at=(0., 0., 1.), up_direction=(0., -1., 0.))
with connect(f"ws://127.0.0.1:{sys.argv[1]}/", subprotocols=[f"viser-v{viser.__version__}"], max_size=None,
             compression=None) as visitor:
    visitor.send(msgspec.msgpack.encode(eye))
    print("in", flush=True)
    taken = sum(map(len, visitor))
print(taken)
"""


@dataclass(frozen=True)
class Way:
    """visitors: None without a view. density: as the page offers it."""

    visitors: int | None
    density: str = "about 100,000"


WAYS = {
    "no view": Way(None),
    "nobody looks": Way(0),
    "one visitor": Way(1),
    "one visitor, every pixel": Way(1, "every pixel"),
    "ten visitors": Way(10),
}


@dataclass
class Found:
    """What was measured of a way, a number a turn.

    update_ms: processor time of painting and sending an update, which a busy machine changes least. share: of the
    machine, as the view itself counts it.
    """

    fps: list[float] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)
    updates_hz: list[float] = field(default_factory=list)
    update_bytes: list[float] = field(default_factory=list)
    update_ms: list[float] = field(default_factory=list)
    share: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--model", default="malleable-deresunet-lite")
    options = parser.parse_args()
    results = Results(options.model)
    found = {name: Found() for name in WAYS}
    for _ in range(options.rounds):
        for name, way in WAYS.items():
            measure(found[name], way, results, options.seconds)
            found[name].ratio.append(found[name].fps[-1] / found["no view"].fps[-1])
    print_heading(f"the browser view beside {options.model}, {SIZE[0]}x{SIZE[1]}, medians of {options.rounds} turns")
    report(found)


class Results:
    """Labels frames of a room, without end."""

    def __init__(self, model: str) -> None:
        import torch

        from segmentation.segmenter import load_segmenter

        torch.set_num_threads(THREADS)
        self._segmenter = load_segmenter(model)
        film, align = RoomFilm(7, SIZE, 10.0), Aligner()
        self._frames = [align(film.frame(index)) for index in range(FRAMES)]
        self._count = 0

    def next(self) -> Result:
        """The next one."""
        frame = self._frames[self._count % FRAMES]
        self._count += 1
        focal_px = (frame.intrinsics.fx, frame.intrinsics.fy)
        return Result(frame, self._segmenter.predict(frame.color, frame.depth_m, focal_px), Pulse(0.0, 0.0))


def measure(found: Found, way: Way, results: Results, seconds: float) -> None:
    """One turn."""
    if way.visitors is None:
        _label(results, None, WARM_UP_S)
        found.fps.append(_label(results, None, seconds))
        return
    taken: list[int] = []
    with _view(way, taken) as (viewer, painted):
        _label(results, viewer, WARM_UP_S)
        before, before_s, began_s = len(painted), viewer._spending.budget.spent_s, time.perf_counter()
        found.fps.append(_label(results, viewer, seconds))
        took_s = time.perf_counter() - began_s
        updates, spent_s = len(painted) - before, viewer._spending.budget.spent_s - before_s
        found.updates_hz.append(updates / took_s)
        found.share.append(spent_s / took_s / THREADS)
    if updates:
        found.update_ms.append(1e3 * spent_s / updates)
        found.update_bytes.append(statistics.mean(taken) / len(painted))


def _label(results: Results, viewer: WebViewer | None, seconds: float) -> float:
    """Results a second."""
    began_s, count = time.perf_counter(), 0
    while time.perf_counter() < began_s + seconds:
        result = results.next()
        if viewer is not None:
            viewer.show(result)
            viewer.attend(STREAMING)
        count += 1
    return count / (time.perf_counter() - began_s)


@contextmanager
def _view(way: Way, taken: list[int]) -> Iterator[tuple[WebViewer, list[int]]]:
    """A view with its visitors, and the frames it has painted so far; afterwards what each visitor took, in bytes."""
    address = open_address("127.0.0.1", 0)
    viewer = WebViewer(ViewContext(title="room", model="", controls=Controls()), address, Door(token=None))
    viewer._chosen.wishes.density = way.density
    painted: list[int] = []
    paint = viewer._desk.paint

    def count(result: Result, *, is_lost: bool) -> None:
        painted.append(result.frame.index)
        paint(result, is_lost=is_lost)

    viewer._desk.paint = count
    visitors = [
        subprocess.Popen([sys.executable, "-c", VISITOR, str(address.port)], stdout=subprocess.PIPE)
        for _ in range(way.visitors or 0)
    ]
    try:
        for visitor in visitors:
            assert visitor.stdout is not None
            visitor.stdout.readline()
        yield viewer, painted
    finally:
        viewer.close()
        taken += [int(visitor.communicate(timeout=30)[0]) for visitor in visitors]


def report(found: dict[str, Found]) -> None:
    """The table."""
    heading = f"{'':<26}{'frames/s':>9}{'kept':>7}{'updates/s':>11}{'kB an update':>14}"
    print(f"{heading}{'CPU ms an update':>18}{'share of the CPUs':>19}")
    for name, way in found.items():
        print(
            f"{name:<26}{_median(way.fps):>9.1f}{_median(way.ratio):>7.0%}{_median(way.updates_hz):>11.1f}"
            f"{_median(way.update_bytes) / 1e3:>14.0f}{_median(way.update_ms):>18.1f}{_median(way.share):>19.1%}"
        )


def _median(values: list[Any]) -> float:
    return statistics.median(values) if values else 0.0


if __name__ == "__main__":
    main()

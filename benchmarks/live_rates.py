"""What viewers, recording, video and smoothing cost the live program: its rate against --view none, and processor time.

Every way is the whole program in a process of its own on one 640x480 recording; the ways take turns, round after
round, and a ratio is that of one round. "Drawing" is the processor time beyond what as many frames take with
--view none, as a share of the machine. Windows need a display, "web" Chromium, which is not counted:

    xvfb-run -a -s "-screen 0 1600x1000x24" .venv/bin/python benchmarks/live_rates.py [--frames DIR] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from _measure import cpu_name
from _watch import ROOT, Sample, start_live, watch

from app.options import CHOICES
from sensors.frames import RawFrame
from sensors.recordings.db3_writer import Db3Writer
from sensors.rooms.film import RoomFilm

WARM_UP_S = 3.0  # after the first result
SOURCE_FPS = 200  # a window is not shown faster than recorded, which must not be what is measured
RECORDED_FRAMES = 90


@dataclass(frozen=True)
class Run:
    """fps: results a second. cores: processor time a second, all processes. shown_hz: pictures a second."""

    fps: float
    cores: float
    shown_hz: float


def ways(folder: Path) -> dict[str, list[object]]:
    """The options of each way; what this machine or version does not have is left out."""
    found: dict[str, list[object]] = {
        "none": ["--view", "none"],
        "smooth": ["--view", "none", "--smooth"],
        "record": ["--view", "none", "--record", folder / "r.db3"],
        "video": ["--view", "none", "--save-video", folder / "v.mp4"],
    }
    views = CHOICES["view"]
    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    for view in ("2d", "3d"):
        if view in views and has_display:
            found[view] = ["--view", view]
    if "web" in views:
        found["web, nobody"] = ["--view", "web"]
        if _browser_module().find_chromium() is not None:
            found["web, browser"] = ["--view", "web"]
    return found


def play(way: str, options: list[object], recording: Path, frames: int, folder: Path) -> Run:
    """Run the program once."""
    stats, errors = folder / "stats.json", folder / "errors.txt"
    everything: list[object] = ["--bag", recording, "--loop", "--max-frames", frames, "--stats", stats, "--overwrite"]
    port = _free_port()
    with ExitStack() as stack:
        tab = stack.enter_context(_tab()) if way == "web, browser" else None
        started_s = time.perf_counter()
        child = start_live([*everything, *options, *(["--port", port] if "web" in options else [])], errors)
        stack.callback(child.kill)
        if tab is not None:
            _wait_for(port)
            tab.call("Page.navigate", url=f"http://127.0.0.1:{port}")
        samples = watch(child, every_s=0.2)
    if child.returncode:
        sys.exit(f"{way}: {errors.read_text().strip()}")
    document = json.loads(stats.read_text())
    began_s = started_s + document["startup_s"] + WARM_UP_S
    return _run_of([sample for sample in samples if sample.time_s >= began_s], document)


def _run_of(samples: list[Sample], document: dict[str, Any]) -> Run:
    first, last = samples[0], samples[-1]
    took_s = last.time_s - first.time_s
    shown_share = document["counters"]["shown"] / document["counters"]["segmented"]
    return Run(document["fps"], (last.cpu_s - first.cpu_s) / took_s, shown_share * document["fps"])


def write_recording(path: Path, frames: Iterable[RawFrame]) -> None:
    """A recording of SOURCE_FPS."""
    frames = iter(frames)
    first = next(frames)
    with Db3Writer(path, like=first, fps=SOURCE_FPS, device_name="benchmark", serial="0") as writer:
        for index, frame in enumerate([first, *frames]):
            writer.write(replace(frame, index=index, timestamp_s=index / SOURCE_FPS, clock="hardware"))


def room_frames(count: int) -> Iterator[RawFrame]:
    """A walk at 640x480."""
    film = RoomFilm(7, (640, 480), 30.0)
    return (film.frame(index) for index in range(count))


def folder_frames(folder: Path, count: int) -> Iterator[RawFrame]:
    """The first frames of a folder of pairs."""
    from sensors.open import SourceOptions, open_source

    with open_source(SourceOptions(frames=folder)) as source:
        yield from islice(source, count)


def _browser_module() -> Any:
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    import browser  # pyright: ignore[reportMissingImports]

    return browser


@contextmanager
def _tab() -> Iterator[Any]:
    with _browser_module().Browser() as browser:
        yield browser.new_tab()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port: int, timeout_s: float = 60.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit("the browser view did not open")


def report(runs: dict[str, list[Run]]) -> None:
    """The table so far."""
    cores = len(os.sched_getaffinity(0))
    print(f"{'':<14}{'frames/s':>9}{'of none':>9}{'in rounds':>14}{'pictures/s':>12}{'drawing or files':>18}")
    for way, taken in runs.items():
        pairs = list(zip(taken, runs["none"], strict=True))
        ratios = [run.fps / none.fps for run, none in pairs]
        shares = [(run.cores - none.cores / none.fps * run.fps) / cores for run, none in pairs]
        span = f"{min(ratios):.2f}-{max(ratios):.2f}"
        print(
            f"{way:<14}{statistics.median(run.fps for run in taken):>9.1f}{statistics.median(ratios):>9.2f}{span:>14}"
            f"{statistics.median(run.shown_hz for run in taken):>12.1f}{100 * statistics.median(shares):>17.1f}%",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=Path, help="a folder of 640x480 pairs (default: a rendered room)")
    parser.add_argument("--length", type=int, default=600, help="frames of one run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", help="ways beside none")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording = folder / "source.db3"
        count = RECORDED_FRAMES
        write_recording(recording, folder_frames(arguments.frames, count) if arguments.frames else room_frames(count))
        chosen = {
            way: options
            for way, options in ways(folder).items()
            if way == "none" or arguments.only is None or way in arguments.only
        }
        print(f"{cpu_name()}: python {' '.join(sys.argv)}")
        runs: dict[str, list[Run]] = {way: [] for way in chosen}
        for round_number in range(arguments.rounds):
            order = list(chosen)[round_number % len(chosen) :] + list(chosen)[: round_number % len(chosen)]
            for way in order:
                runs[way].append(play(way, chosen[way], recording, arguments.length, folder))
            print(f"after round {round_number + 1}")
            report(runs)


if __name__ == "__main__":
    main()

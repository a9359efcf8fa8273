"""What a frame of a room costs on one core, how rendering grows with processes, and what reading a sample costs."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from _measure import print_heading

from console.interrupt import Interrupt
from console.say import name_program
from sensors.cores import usable_cores
from sensors.prepared import PreparedIndex, read_index
from sensors.rooms.render import render_geometry
from sensors.rooms.room import Room
from training.jobs.pool import in_processes
from training.rooms_command import RoomsOptions, run

SIZE = (320, 240)
SEEDS = range(100, 140)
AIMS_S = {"depth and labels": 0.06, "colour, depth and labels": 0.30}
FRAMES_A_PROCESS = 60


def costs_s(seed: int) -> Iterator[dict[str, float]]:
    """CPU seconds of every step of one frame; colour's include the others'."""
    marks = [time.process_time()]
    room = Room(seed)
    marks.append(time.process_time())
    rng = room.frame_rng(0)
    pose, intrinsics = room.viewpoint(rng), room.intrinsics(SIZE)
    marks.append(time.process_time())
    room.sensor.measure(render_geometry(room.scene, intrinsics, pose), intrinsics, rng)
    marks.append(time.process_time())
    room.render(pose, intrinsics, rng)
    marks.append(time.process_time())
    steps = ("furnish", "choose a view", *AIMS_S)
    yield {step: end - start for step, start, end in zip(steps, marks, marks[1:], strict=False)}


def print_costs() -> None:
    """On one core, in a process such as the command has, after one room that makes what is made once."""
    costs = list(in_processes(costs_s, [0, *SEEDS], processes=1))[1:]
    print(f"{len(costs)} rooms, CPU-s a frame on one core: mean, median, worst")
    for step in costs[0]:
        taken = [cost[step] for cost in costs]
        aim = f"   aim {AIMS_S[step]:.2f}" if step in AIMS_S else ""
        print(f"{step:25s} {statistics.mean(taken):.3f} {statistics.median(taken):.3f} {max(taken):.3f}{aim}")


def rendered(out: Path, processes: int) -> tuple[float, float]:
    """Frames a second of the whole command, starting processes and writing files included, and CPU seconds a frame."""
    count = FRAMES_A_PROCESS * processes
    wall_s, cpu_s = time.perf_counter(), _children_s()
    run(RoomsOptions(out=out, count=count, seed=SEEDS.start, size=SIZE, workers=processes), Interrupt())
    return count / (time.perf_counter() - wall_s), (_children_s() - cpu_s) / count


def _children_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def read_ms(index: PreparedIndex) -> tuple[float, float]:
    """CPU milliseconds of reading one sample, and kilobytes of it on disk."""
    started_s = time.process_time()
    for sample in index.samples:
        index.read(sample)
    taken_s = time.process_time() - started_s
    files = [path for path in index.root.rglob("*") if path.suffix in (".jpg", ".png")]
    return 1e3 * taken_s / len(index.samples), sum(path.stat().st_size for path in files) / len(index.samples) / 1e3


def main() -> None:
    name_program("rgbd-train")
    print_heading(f"rooms at {SIZE[0]}x{SIZE[1]}")
    print_costs()
    counts = [count for count in (1, 2, 4, 8, 16, 32) if count <= usable_cores()]
    with tempfile.TemporaryDirectory() as folder:
        rates = {count: rendered(Path(folder) / str(count), count) for count in counts}
        ms, kilobytes = read_ms(read_index(Path(folder) / "1"))
    for count, (rate, cpu_s) in rates.items():
        linear = rate / rates[1][0] / count
        print(
            f"{count} processes: {rate:.1f} frames/s, {linear:.2f} of linear; {cpu_s:.3f} CPU-s a frame, files included"
        )
    print(f"reading a sample: {ms:.2f} CPU-ms, {1e3 / ms:.0f} samples/s on one core; {kilobytes:.0f} kB on disk")


if __name__ == "__main__":
    main()

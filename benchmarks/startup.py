"""How long a person waits: `rgbd-live --help`, and from the command to the demo's first labelled frame.

Each is a fresh process, as for a user; the table has the median and the best of several runs in seconds. "first mask"
is from the program's start to the first labels with a warm cache, as --stats has it; "first start ever" is one run with
an empty cache, in which the engine is prepared and checked.

    python benchmarks/startup.py [--repeats N]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from _measure import print_heading

PROGRAM = Path(sys.executable).with_name("rgbd-live")
TARGETS_S = {"--help": 0.7, "first overlay": 5.0, "first mask": 3.0}


def help_s() -> float:
    """Seconds until the help text is out and the process has ended."""
    started_s = time.perf_counter()
    subprocess.run([PROGRAM, "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started_s


def live(environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds of a run of one frame, its picture written, until the process has ended; and until its first mask."""
    with tempfile.TemporaryDirectory() as folder:
        picture, stats = Path(folder, "first.png"), Path(folder, "stats.json")
        command = [PROGRAM, "--view", "none", "--max-frames", "1", "--screenshot", picture, "--stats", stats]
        started_s = time.perf_counter()
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL, env=environment)
        elapsed_s = time.perf_counter() - started_s
        document = json.loads(stats.read_text())
    assert document["counters"]["segmented"] == 1
    return elapsed_s, document["startup_s"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "XDG_CACHE_HOME": cache}
        ever_s, _ = live(environment)
        runs = [live(environment) for _ in range(repeats)]
    overlay_s, mask_s = zip(*runs, strict=True)
    taken = {"--help": [help_s() for _ in range(repeats)], "first overlay": overlay_s, "first mask": mask_s}
    print_heading(f"Waiting, in seconds; {os.cpu_count()} cores")
    print(f"{'what':<18}{'median':>8}{'best':>8}{'at most':>9}")
    for name, seconds in taken.items():
        print(f"{name:<18}{statistics.median(seconds):>8.2f}{min(seconds):>8.2f}{TARGETS_S[name]:>9.1f}")
    print(f"{'first start ever':<18}{ever_s:>8.2f}{'':>8}{'once':>9}")


if __name__ == "__main__":
    main()

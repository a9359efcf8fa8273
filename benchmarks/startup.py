"""How long a person waits: `rgbd-live --help`, and from the command to the demo's first labelled frame.

Each is a fresh process, as for a user; the table has the median and the best of several runs in seconds.

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
from pathlib import Path

from _measure import print_heading

PROGRAM = Path(sys.executable).with_name("rgbd-live")
TARGETS_S = {"--help": 0.7, "first overlay": 5.0}


def help_s() -> float:
    """Seconds until the help text is out and the process has ended."""
    started_s = time.perf_counter()
    subprocess.run([PROGRAM, "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started_s


def first_overlay_s() -> float:
    """Seconds until a run of one frame, its picture written, has ended; the process' own start and end included."""
    with tempfile.TemporaryDirectory() as folder:
        picture, stats = Path(folder, "first.png"), Path(folder, "stats.json")
        command = [PROGRAM, "--view", "none", "--max-frames", "1", "--screenshot", picture, "--stats", stats]
        started_s = time.perf_counter()
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        elapsed_s = time.perf_counter() - started_s
        assert json.loads(stats.read_text())["counters"]["segmented"] == 1
    return elapsed_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    print_heading(f"Waiting, in seconds; {os.cpu_count()} cores")
    print(f"{'what':<16}{'median':>8}{'best':>8}{'at most':>9}")
    for name, run in {"--help": help_s, "first overlay": first_overlay_s}.items():
        taken = [run() for _ in range(repeats)]
        print(f"{name:<16}{statistics.median(taken):>8.2f}{min(taken):>8.2f}{TARGETS_S[name]:>9.1f}")


if __name__ == "__main__":
    main()

"""What a second core brings: the whole path of the demo on one core and on two, engine by engine.

The programs are tied to their cores as `taskset` ties them; one and two take turns, round after round, and a ratio is
that of one round.

    python benchmarks/cores.py [--engines NAME,...] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import statistics
from typing import Any

from _bench import bench, measured
from _measure import cpu_name

Cases = dict[str, list[dict[str, Any]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", default="torch,openvino,onnx")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=40)
    arguments = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[:2]
    found: dict[int, Cases] = {1: {}, 2: {}}
    for _ in range(arguments.rounds):
        for many, by_engine in found.items():
            common = ("--engines", arguments.engines, "--frames", arguments.frames, "--runs", 1)
            for case in measured(bench(*common, cores=cores[:many])):
                by_engine.setdefault(case["engine"], []).append(case["median"])
    print(f"{cpu_name()}, the demo, medians of {arguments.rounds} rounds")
    print(f"{'':<12}{'1 core, frames/s':>18}{'2 cores':>10}{'ratio':>8}{'CPU ms, 1 core':>17}{'2 cores':>10}")
    for engine, one in found[1].items():
        two = found[2].get(engine, [])
        ratios = [after["fps"] / before["fps"] for before, after in zip(one, two, strict=True)]
        fps, cpu_ms = ([_median(runs, name) for runs in (one, two)] for name in ("fps", "cpu_ms"))
        print(
            f"{engine:<12}{fps[0]:>18.1f}{fps[1]:>10.1f}{statistics.median(ratios):>8.2f}{cpu_ms[0]:>17.1f}{cpu_ms[1]:>10.1f}"
        )


def _median(runs: list[dict[str, Any]], name: str) -> float:
    return statistics.median(run[name] for run in runs)


if __name__ == "__main__":
    main()

"""Whether the live program's memory stays flat: what all its processes hold, and the slope of that.

The built-in demo is played again and again, shown, smoothed and recorded; --minutes 30 is the run that
docs/performance.md reports. The first fifth is left out. The interval (95 %) is that of a line through the means of
equal spans.

    xvfb-run -a -s "-screen 0 1600x1000x24" .venv/bin/python benchmarks/live_memory.py [--minutes N] [--view V]
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
from _measure import cpu_name
from _watch import Sample, start_live, watch

SPANS = 24
T_95 = 2.07  # Student's t for 22 degrees of freedom
EVERY_S = 10.0


def slope_mb_h(samples: list[Sample]) -> tuple[float, float]:
    """Megabytes an hour, and how much it may be off."""
    spans = np.array_split(np.array([(sample.time_s / 3600, sample.memory_mb) for sample in samples]), SPANS)
    hours, megabytes = np.array([span.mean(axis=0) for span in spans]).T
    hours -= hours.mean()
    slope = float(hours @ megabytes / (hours @ hours))
    apart = megabytes - megabytes.mean() - slope * hours
    return slope, T_95 * float(np.sqrt(apart @ apart / (SPANS - 2) / (hours @ hours)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--view", default="none")
    parser.add_argument("--without", nargs="*", default=[], choices=["record", "smooth"])
    arguments = parser.parse_args()
    print(f"{cpu_name()}: python {' '.join(sys.argv)}")
    with tempfile.TemporaryDirectory() as name:
        record = ["--record", Path(name) / "r.db3"] if "record" not in arguments.without else []
        smooth = ["--smooth"] if "smooth" not in arguments.without else []
        child = start_live(["--loop", "--view", arguments.view, *record, *smooth], Path(name) / "errors.txt")
        ending = threading.Timer(60 * arguments.minutes, lambda: child.send_signal(signal.SIGINT))
        ending.start()
        samples = watch(child, min(EVERY_S, 60 * arguments.minutes / 200))
        ending.cancel()
        told = (Path(name) / "errors.txt").read_text().strip().splitlines()
        print("\n".join(line for line in told[-6:] if "frames/s   latency" not in line))
    if child.returncode != 130:
        sys.exit(f"it ended with exit code {child.returncode}")
    steady = samples[len(samples) // 5 :]
    slope, off = slope_mb_h(steady)
    megabytes = [sample.memory_mb for sample in steady]
    print(
        f"{len(samples)} samples; {min(megabytes):.0f} to {max(megabytes):.0f} MB; slope {slope:+.1f} MB/h +- {off:.1f}"
    )


if __name__ == "__main__":
    main()

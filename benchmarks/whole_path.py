"""The whole path on a CPU, from the frame to the painted overlay, against the promised rates and the first mask's time.

The demo (320x240) and a 640x480 recording, `malleable-deresunet-lite`, medians of five runs of `rgbd-live bench`; the
very first start, which fills the cache, is not among them.

    python benchmarks/whole_path.py [--frames-dir DIR] [--engines NAME,...] [--runs N]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from _bench import bench, measured
from _measure import cpu_name
from live_rates import room_frames, write_recording

from app.bench.document import busy_share

AIMS_FPS = {"demo, 320x240": 25, "640x480": 15}
AIM_FIRST_MASK_S = 3.0
RECORDED_FRAMES = 60


def report(what: str, document: dict[str, Any]) -> None:
    for case in measured(document):
        rates = [run["fps"] for run in case["runs"]]
        middle = case["median"]
        print(
            f"{what:<16}{case['engine']:<10}{middle['fps']:>9.1f}{min(rates):>9.1f}{max(rates):>8.1f}"
            f"{AIMS_FPS[what]:>6}{middle['stages_ms']['total']['p50']:>12.1f}{middle['cpu_ms']:>9.1f}"
            f"{middle['first_mask_s']:>14.2f}{AIM_FIRST_MASK_S:>6.1f}{middle['peak_mb']:>9.0f}"
            f"{100 * busy_share(document):>7.0f} %",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames-dir", type=Path, help="a folder of 640x480 pairs (default: a rendered room)")
    parser.add_argument("--engines", default="torch,openvino,onnx")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--frames", type=int, default=60)
    arguments = parser.parse_args()
    common = ("--engines", arguments.engines, "--runs", arguments.runs, "--frames", arguments.frames)
    print(f"{cpu_name()}; medians of {arguments.runs} runs of {arguments.frames} frames")
    print(
        f"{'':<26}{'frames/s':>9}{'least':>9}{'most':>8}{'aim':>6}{'latency ms':>12}{'CPU ms':>9}{'first mask s':>14}"
        f"{'aim':>6}{'MiB':>9}{'others':>9}"
    )
    report("demo, 320x240", bench(*common))
    with tempfile.TemporaryDirectory() as folder:
        source: tuple[object, ...] = ("--frames-dir", arguments.frames_dir)
        if arguments.frames_dir is None:
            recording = Path(folder, "source.db3")
            write_recording(recording, room_frames(RECORDED_FRAMES))
            source = ("--bag", recording)
        report("640x480", bench(*common, *source))


if __name__ == "__main__":
    main()

"""Depth-to-colour alignment against the SDK's rs.align, in one process: `python benchmarks/align.py`."""

from __future__ import annotations

import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from sensors.align import Aligner
from sensors.errors import MissingLibraryError
from sensors.frames import RawFrame
from sensors.sdk import load_sdk

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

REPEATS = 60
TARGET = 1.5


def main() -> None:
    try:
        rs = load_sdk()
    except MissingLibraryError as error:
        print(f"skipped: {error}")
        return
    from fake_camera import FakeRig, one_frameset  # pyright: ignore[reportMissingImports]

    cv2.setNumThreads(2)
    print(f"{_cpu()}; medians of {REPEATS} interleaved runs; {Path(sys.executable).name} benchmarks/align.py")
    print(f"{'colour':>10} {'depth':>10} {'rs.align':>10} {'ours':>10} {'ratio':>6}  same pixels  (target {TARGET})")
    for color_size, depth_size in (((640, 480), (640, 480)), ((1280, 720), (848, 480)), ((640, 480), (848, 480))):
        rig = FakeRig(color_size=color_size, depth_size=depth_size)
        images = rig.scene(0)
        raw = RawFrame(
            index=0,
            timestamp_s=0.0,
            clock="none",
            color=images[0],
            depth_raw=images[1],
            depth_unit_m=rig.depth_unit_m,
            color_intrinsics=rig.color_intrinsics,
            depth_intrinsics=rig.depth_intrinsics,
            color_from_depth=rig.color_from_depth,
        )
        align, aligner = rs.align(rs.stream.color), Aligner()
        with one_frameset(rig, images) as frameset:
            theirs = np.asanyarray(align.process(frameset).get_depth_frame().get_data()).copy()
            same = (np.rint(aligner(raw).depth_m / rig.depth_unit_m) == theirs).mean()
            sdk_ms, own_ms = _medians_ms(lambda f=frameset, a=align: a.process(f), lambda a=aligner, r=raw: a(r))
        sizes = "{}x{}".format(*color_size), "{}x{}".format(*depth_size)
        print(f"{sizes[0]:>10} {sizes[1]:>10} {sdk_ms:>7.2f} ms {own_ms:>7.2f} ms {own_ms / sdk_ms:>6.2f}  {same:.4%}")


def _medians_ms(*functions: Callable[[], object]) -> list[float]:
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(REPEATS):
        for function, taken in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            taken.append(1e3 * (time.perf_counter() - start))
    return [statistics.median(taken) for taken in times]


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()} ({len(names)} cores)"


if __name__ == "__main__":
    main()

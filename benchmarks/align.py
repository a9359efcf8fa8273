"""Depth-to-colour alignment against the SDK's rs.align, in one process: `python benchmarks/align.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from _measure import THREADS, medians_ms, print_heading

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

    cv2.setNumThreads(THREADS)
    print_heading(f"Depth aligned to colour, medians of {REPEATS} interleaved runs")
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
            ways = {"sdk": lambda f=frameset, a=align: a.process(f), "own": lambda a=aligner, r=raw: a(r)}
            took_ms = medians_ms(ways, REPEATS)
        sdk_ms, own_ms = took_ms["sdk"], took_ms["own"]
        sizes = "{}x{}".format(*color_size), "{}x{}".format(*depth_size)
        print(f"{sizes[0]:>10} {sizes[1]:>10} {sdk_ms:>7.2f} ms {own_ms:>7.2f} ms {own_ms / sdk_ms:>6.2f}  {same:.4%}")


if __name__ == "__main__":
    main()

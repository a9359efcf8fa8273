"""Memory stays flat while the live program plays; benchmarks/live_memory.py does the same for half an hour."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from app import live
from app.options import LiveOptions
from app.outputs.all import Outputs
from console.interrupt import Interrupt

STATUS = Path("/proc/self/status")
FRAMES, WARM_UP, SPAN = 120, 45, 15
ALLOWED_MB = 9.0  # 60 frames of 320x240 that are kept are 32 MB, their scores 170


@pytest.mark.skipif(not STATUS.exists(), reason="memory is read from /proc")
@pytest.mark.timeout(240)
def test_memory_stays_flat_while_the_demo_is_segmented_smoothed_and_recorded(monkeypatch, tmp_path) -> None:
    held_mb, write = [], Outputs.write

    def write_and_look(*arguments) -> None:
        write(*arguments)
        held_mb.append(memory_mb())

    monkeypatch.setattr(Outputs, "write", write_and_look)
    outputs = {"record": tmp_path / "r.db3", "save_video": tmp_path / "v.mp4"}
    options = LiveOptions(view="none", loop=True, max_frames=FRAMES, smooth=True, **outputs)
    live.play(options, Interrupt(), started_s=time.perf_counter())
    assert len(held_mb) == FRAMES
    before, after = np.median(held_mb[WARM_UP : WARM_UP + SPAN]), np.median(held_mb[-SPAN:])
    assert after - before < ALLOWED_MB


def memory_mb() -> float:
    """What this process holds; pages of files are left out, which the system takes back when it likes."""
    lines = STATUS.read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "RssShmem:"))) / 1024

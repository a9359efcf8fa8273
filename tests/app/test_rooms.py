"""`rgbd-live --rooms`: a walk through a real procedural room, as a program."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(90)
SMALL = ("--model", "none", "--view", "none", "--size", "64x48", "--fps", "30")


def children_of(process_id: int) -> list[int]:
    tasks = Path(f"/proc/{process_id}/task")
    return [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]


def test_a_room_is_played_and_recorded_like_a_camera(run_program, tmp_path: Path) -> None:
    stats_path, recording = tmp_path / "s.json", tmp_path / "room.db3"
    code, _, errors = run_program(
        *SMALL, "--rooms", "7", "--max-frames", "4", "--stats", stats_path, "--record", recording
    )
    assert code == 0, errors
    stats = json.loads(stats_path.read_text())
    assert stats["source"].startswith("room 7 (")
    assert stats["source_kind"] == "generated"
    assert stats["reader"].startswith("ray casting in")
    assert stats["counters"]["segmented"] == 4
    assert stats["counters"]["without_depth"] == 0
    assert stats["frames"]["position"] == sorted(set(stats["frames"]["position"]))
    code, _, errors = run_program(
        "--model", "none", "--view", "none", "--bag", recording, "--stats", tmp_path / "r.json"
    )
    assert code == 0, errors
    again = json.loads((tmp_path / "r.json").read_text())
    assert again["counters"]["segmented"] == stats["recording"]["written"] >= 4


def test_ctrl_c_ends_the_walk_and_its_processes(start_program, tmp_path: Path) -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("needs /proc")
    program = start_program(*SMALL, "--rooms", "7", "--stats", tmp_path / "s.json")
    assert program.stderr is not None
    while "frame" not in program.stderr.readline():
        assert program.poll() is None
    renderers = children_of(program.pid)
    assert renderers
    program.send_signal(signal.SIGINT)
    assert program.wait(20) == 130
    assert json.loads((tmp_path / "s.json").read_text())["counters"]["segmented"] > 0
    deadline_s = time.monotonic() + 5
    while any(Path(f"/proc/{renderer}").exists() for renderer in renderers):
        assert time.monotonic() < deadline_s
        time.sleep(0.02)

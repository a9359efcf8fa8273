"""The room's source and its processes, with processes that render nothing but do what is asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from sensors.align import Aligner
from sensors.errors import DeviceLostError
from sensors.rooms import worker
from sensors.rooms.source import RoomsSource
from sensors.rooms.worker import ROOT

pytestmark = pytest.mark.timeout(60)

# Frame i is filled with i. The frames in DIES end the process: always, or as long as a file exists, which it removes.
PROGRAM = """
import os, sys, time
sys.path[0] = sys.argv.pop(1)
from sensors.rooms import worker
from itertools import count
def messages(arguments):
    seed, width, height, fps, first, step = (int(float(text)) for text in arguments)
    if seed == 13: raise ValueError("no such room")
    yield b"k", 0, [b"test room"]
    for index in count(first, step):
        if index == {dies} and (not {marker!r} or os.path.exists({marker!r})):
            if {marker!r}: os.remove({marker!r})
            os.kill(os.getpid(), 9)
        if index == {fails}: raise ZeroDivisionError("one line")
        time.sleep({slow})
        print("this is not a message")
        color = bytes([index % 256]) * (3 * width * height)
        yield b"f", index, [color, (index % 256).to_bytes(2, "little") * (width * height)]
worker._messages = messages
worker.main()
"""


@pytest.fixture
def rooms(monkeypatch, tmp_path) -> Iterator[Callable[..., RoomsSource]]:
    """Sources whose processes run PROGRAM; every process that they start must be gone in the end."""
    processes: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*arguments, **more):
        processes.append(real(*arguments, **more))
        return processes[-1]

    def make(seed=7, *, dies=-1, once=False, fails=-1, slow=0.0, **more) -> RoomsSource:
        marker = tmp_path / "marker"
        marker.touch()
        program = PROGRAM.format(dies=dies, marker=str(marker) if once else "", fails=fails, slow=slow)
        monkeypatch.setattr(worker, "_BOOT", program)
        return RoomsSource(seed, **{"size": (64, 48), "fps": 500.0, "workers": 2, **more})

    monkeypatch.setattr(worker.subprocess, "Popen", popen)
    yield make
    assert processes
    for process in processes:
        assert process.returncode is not None, "a process was left behind"
        with pytest.raises(ProcessLookupError):
            os.kill(process.pid, 0)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_frames_come_in_order_whole_and_without_end(rooms, workers) -> None:
    with rooms(workers=workers) as source:
        assert source.info.name == "room 7 (test room)"
        assert (source.info.kind, source.info.live, source.info.frame_count) == ("generated", True, None)
        frames = list(islice(source, 12))
        assert source.status.state == "streaming"
    assert source.status.state == "ended"
    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.timestamp_s for frame in frames] == [index / 500 for index in range(12)]
    for frame in frames:
        assert (frame.color == frame.index).all()
        assert (frame.depth_raw == frame.index).all()
    assert Aligner()(frames[5]).intrinsics.width == 64


def test_frames_are_not_faster_than_the_rate(rooms) -> None:
    with rooms(fps=40.0) as source:
        started_s = time.monotonic()
        list(islice(source, 9))
        assert time.monotonic() - started_s > 0.19  # eight pauses of 25 ms


@pytest.mark.parametrize("ahead", [False, True])
def test_iterating_again_goes_on_and_stop_ends_at_once(rooms, ahead) -> None:
    with rooms(slow=0.0 if ahead else 0.05) as source:
        frames = iter(source)
        assert [next(frames).index for _ in range(3)] == [0, 1, 2]
        if ahead:
            time.sleep(0.2)  # the next frames have been rendered when stop() comes
        source.stop()
        source.stop()
        assert list(frames) == []
        assert source.status.state == "ended"
        assert [frame.index for frame in islice(source, 3)] == [3, 4, 5]
        assert [frame.index for frame in islice(source, 2)] == [6, 7]


def test_stop_from_another_thread_ends_a_wait_for_a_slow_frame(rooms) -> None:
    with rooms(slow=30.0) as source:
        threading.Timer(0.2, source.stop).start()
        assert list(source) == []


def test_a_process_that_dies_once_is_started_again(rooms, caplog) -> None:
    with rooms(dies=5, once=True) as source:
        frames = list(islice(source, 10))
    assert [frame.index for frame in frames] == list(range(10))
    assert "started again: it ended with status -9" in caplog.text


def test_a_process_that_dies_again_over_the_same_frame_is_reported(rooms) -> None:
    with rooms(dies=5) as source:
        frames = []
        with pytest.raises(
            DeviceLostError, match=r"^room 7 \(test room\): frame 5 .*status -9.*another seed"
        ) as caught:
            frames.extend(source)
        assert "\n" not in str(caught.value)
        assert source.status.state == "lost"


def test_a_frame_that_cannot_be_rendered_is_reported_in_one_line(rooms) -> None:
    with rooms(fails=3) as source:
        frames = iter(source)
        assert [next(frames).index for _ in range(3)] == [0, 1, 2]
        with pytest.raises(DeviceLostError, match="frame 3 cannot be rendered: ZeroDivisionError: one line"):
            next(frames)


def test_a_room_that_cannot_be_furnished_is_reported_on_entering(rooms) -> None:
    with pytest.raises(DeviceLostError, match="room 13 cannot be furnished: ValueError: no such room"):
        rooms(13).__enter__()


def test_leaving_half_way_ends_the_processes(rooms) -> None:
    with rooms() as source:
        next(iter(source))


def test_processes_end_with_a_program_that_is_killed(tmp_path) -> None:
    """Nobody tells them; their pipe is closed."""
    if not Path("/proc/self").is_dir():
        pytest.skip("needs /proc")
    program = PROGRAM.format(dies=-1, marker="", fails=-1, slow=0.0)
    code = (
        "import sys; from sensors.rooms import worker; from sensors.rooms.source import RoomsSource\n"
        f"worker._BOOT = {program!r}\n"
        "with RoomsSource(7, (320, 240), 500.0, workers=2) as source:\n"
        "    next(iter(source)); print(*[w.process_id for w in source._workers], flush=True); input()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    children = [int(text) for text in parent.stdout.readline().split()]
    assert len(children) == 2
    assert all(Path(f"/proc/{child}").exists() for child in children)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline_s = time.monotonic() + 10
    while any(_runs(child) for child in children):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def _runs(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_default_leaves_a_core_to_others() -> None:
    source = RoomsSource(1)
    assert (source.size, source.fps) == ((320, 240), 10.0)
    assert 1 <= source._count <= 8

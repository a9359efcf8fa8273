from __future__ import annotations

import errno
import gc
import logging
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import scripted_engine
from scripted_engine import ScriptedEngine, frame, is_running, scripted
from waiting import wait_until

from segmentation.engines.isolated import engine as isolated
from segmentation.engines.isolated import process
from segmentation.engines.isolated.engine import IsolatedEngine
from segmentation.engines.isolated.serve import KEPT_FRAMES
from segmentation.engines.isolated.shared_memory import BYTES_PER_PIXEL, SharedMemory
from segmentation.errors import CheckpointError, EngineFailedError, EngineMemoryError, EngineUnavailableError

pytestmark = pytest.mark.timeout(60)
ROOT = Path(isolated.__file__).parents[3]
PROGRAM = """
from scripted_engine import frame, scripted
from segmentation.engines.isolated.engine import IsolatedEngine
engine = IsolatedEngine(scripted(None, ("work", "hang")))
engine.run(*frame())
print(engine.process_id, flush=True)
engine.run(*frame())
"""


def files_held() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def states_of(process_id: int) -> set[str]:
    """Of its threads, as /proc has them; T is stopped."""
    threads = Path(f"/proc/{process_id}/task").glob("*/stat")
    return {thread.read_text().rpartition(")")[2].split()[0] for thread in threads}


@pytest.fixture(scope="module")
def steady() -> Iterator[IsolatedEngine]:
    """One that always works, for all tests that leave it so."""
    engine = IsolatedEngine(scripted(None, ("work",) * 1000))
    yield engine
    engine.close()


@pytest.fixture
def start() -> Iterator[Callable[..., IsolatedEngine]]:
    """An engine of these acts, closed at the end."""
    started = []

    def start(*acts: str, **changes: object) -> IsolatedEngine:
        started.append(IsolatedEngine(scripted(None, acts, **changes)))
        return started[-1]

    yield start
    for engine in started:
        engine.close()


def test_labels_are_those_of_the_engine_for_frames_of_any_size_in_any_order(steady) -> None:
    for seed, size in enumerate([(6, 8), (48, 64), (1, 1), (5, 7), (480, 640), (6, 8)]):
        given = frame(seed, size)
        expected, got = ScriptedEngine().run(*given), steady.run(*given)
        np.testing.assert_array_equal(got.labels, expected.labels)
        np.testing.assert_array_equal(got.confidence, expected.confidence)
        assert (got.labels.dtype, got.confidence.dtype, got.inference_ms) == (np.uint8, np.float16, 2.0)
        assert got.preprocess_ms >= 1.0
        np.testing.assert_array_equal(steady.probabilities(*given), ScriptedEngine().probabilities(*given))
    assert (steady.name, steady.device_name, steady.precision, steady.reason) == (
        "scripted",
        "gpu",
        "fp16",
        "as scripted",
    )


def test_results_are_the_callers_and_no_later_frame_changes_them(steady) -> None:
    first = steady.run(*frame(1))
    labels, confidence = first.labels.copy(), first.confidence.copy()
    steady.run(*frame(2))
    np.testing.assert_array_equal(first.labels, labels)
    np.testing.assert_array_equal(first.confidence, confidence)
    first.labels[:] = 0


def test_arrays_that_are_not_contiguous_are_handed_over_as_they_look(steady) -> None:
    color, depth_m, focal_px = frame(3, (12, 16))
    got = steady.run(color[::2, ::-1], depth_m[::2, ::-1], focal_px)
    np.testing.assert_array_equal(got.labels, ScriptedEngine().run(color[::2, ::-1], depth_m[::2, ::-1], None).labels)


def test_what_is_no_frame_is_refused_here(steady) -> None:
    color, depth_m, focal_px = frame()
    for wrong in (
        (color, depth_m[:-1], focal_px),
        (color, depth_m.astype(np.float64), focal_px),
        (color, depth_m, (0, 1)),
    ):
        with pytest.raises(ValueError, match=r"expected .* got"):
            steady.run(*wrong)


def test_scores_are_of_their_frame_until_others_have_come(steady) -> None:
    results = [steady.run(*frame(seed)) for seed in range(KEPT_FRAMES + 1)]
    steps = [result.scores.logits for result in results]
    assert steps[0] is None
    firsts = [float(logits[0, 0, 0, 0]) for logits in steps[1:]]
    assert firsts == [firsts[0] + step for step in range(KEPT_FRAMES)]
    assert results[-1].scores.at(0, 0).shape == (5,)


def test_scores_are_lost_with_the_process_and_nobody_is_taken_down(start) -> None:
    engine = start()
    read, lost = engine.run(*frame()).scores, engine.run(*frame()).scores
    assert read.logits is not None
    os.kill(engine.process_id, signal.SIGKILL)
    assert (lost.logits, lost.at(0, 0), lost.entropy()) == (None, None, None)
    assert read.at(0, 0) is not None  # it was fetched in time
    engine.close()
    assert lost.at(0, 0) is None


def test_a_click_does_not_wait_for_a_frame_that_hangs(start, monkeypatch) -> None:
    monkeypatch.setattr(isolated, "BUSY_S", 0.1)
    engine = start("work", "hang")
    scores = engine.run(*frame()).scores
    failed = []

    def hang() -> None:
        try:
            engine.run(*frame())
        except EngineFailedError as error:
            failed.append(str(error))

    thread = threading.Thread(target=hang)
    thread.start()
    wait_until(engine._process._one_at_a_time.locked)
    assert scores.at(0, 0) is None
    assert not failed
    engine.close()  # which also lets the waiting thread go
    thread.join()
    assert failed == ["the inference process was ended by SIGKILL"]


def test_two_threads_get_the_labels_of_their_own_frames(steady) -> None:
    wrong = []

    def run(seed: int) -> None:
        given = frame(seed, (48, 64))
        expected = ScriptedEngine().run(*given).labels
        wrong.extend(seed for _ in range(50) if not np.array_equal(steady.run(*given).labels, expected))

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        ("kill", EngineFailedError, "was ended by SIGKILL"),
        ("crash", EngineFailedError, "was ended by SIGSEGV"),
        ("exit", EngineFailedError, "ended with exit code 7"),
        ("hang", EngineFailedError, r"gave no answer for 0\.3 s"),
        ("fail", EngineFailedError, "an illegal memory access"),
        ("defect", EngineFailedError, r"IndexError: list index out of range \(scripted_engine\.py:\d+\)"),
        ("full", EngineMemoryError, "has no memory left"),
        ("refuse", EngineUnavailableError, "cannot do this"),
        ("nan", EngineUnavailableError, "engine scripted on gpu: its results are not all numbers"),
        ("bad frame", ValueError, "color: expected another"),
        ("bad file", CheckpointError, "its weights do not fit"),  # not any ValueError: it has an exit code of its own
    ],
)
def test_every_way_to_fail_has_its_error(start, monkeypatch, act, error, message) -> None:
    monkeypatch.setattr(isolated, "FRAME_S", 0.3)
    engine = start("work", act)
    engine.run(*frame())
    with pytest.raises(error, match=message) as raised:
        engine.run(*frame())
    assert type(raised.value) is error
    process_id = engine.process_id
    if act in ("kill", "crash", "exit", "hang"):  # ended at once: a late answer would be taken for the next frame's
        wait_until(lambda: not is_running(process_id), seconds=10)
    engine.close()
    assert not is_running(process_id)


def test_an_engine_that_only_refused_a_frame_takes_the_next(start) -> None:
    engine = start("bad frame", "full")
    for error in (ValueError, EngineMemoryError):
        with pytest.raises(error):
            engine.run(*frame())
    np.testing.assert_array_equal(engine.run(*frame()).labels, ScriptedEngine().run(*frame()).labels)


@pytest.mark.parametrize(
    ("act", "message"), [("refuse", "cannot do this"), ("crash", "SIGSEGV"), ("defect", "IndexError")]
)
def test_what_fails_at_its_start_says_so_and_leaves_no_process(act, message, tmp_path) -> None:
    recipe = scripted(tmp_path / "log", starts=(act,))
    with pytest.raises(EngineUnavailableError, match=message):
        IsolatedEngine(recipe)
    assert not any(map(is_running, scripted_engine.processes_of(recipe.log)))


def test_a_start_that_never_ends_is_given_up(tmp_path) -> None:
    recipe = scripted(tmp_path / "log", starts=("hang",))
    with pytest.raises(EngineFailedError, match="no answer for 2 s"):
        IsolatedEngine(recipe, timeout_s=2)
    assert not any(map(is_running, scripted_engine.processes_of(recipe.log)))


def test_a_process_that_cannot_be_started_is_a_device_that_failed_and_leaves_nothing(monkeypatch) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    gc.collect()
    before = files_held()
    monkeypatch.setattr(subprocess, "Popen", no_room)
    with pytest.raises(EngineFailedError, match=r"cannot be started \(Cannot allocate memory\)"):
        IsolatedEngine(scripted(None))
    gc.collect()
    assert files_held() == before


def test_a_process_that_cannot_be_ended_holds_nobody_up(start, monkeypatch) -> None:
    monkeypatch.setattr(process, "ENDING_S", 0.1)
    engine = start()
    with monkeypatch.context() as patch:
        patch.setattr(engine._process._process, "kill", lambda: None)  # as in a driver's call that never returns
        engine.close()
    with pytest.raises(EngineFailedError, match="cannot be given a frame"):
        engine.run(*frame())


def test_closing_lets_go_who_waits_for_a_process_that_cannot_be_ended(start, monkeypatch) -> None:
    """A driver's call that never returns keeps a killed process, and with it the other end of the line."""
    monkeypatch.setattr(isolated, "FRAME_S", 3600.0)
    monkeypatch.setattr(process, "ENDING_S", 0.1)
    engine, failed = start("work", "hang"), []
    engine.run(*frame())

    def hang() -> None:
        try:
            engine.run(*frame())
        except EngineFailedError as error:
            failed.append(str(error))

    thread = threading.Thread(target=hang, daemon=True)
    thread.start()
    wait_until(engine._process._one_at_a_time.locked)
    os.kill(engine.process_id, signal.SIGSTOP)
    wait_until(lambda: states_of(engine.process_id) == {"T"}, seconds=10)
    with monkeypatch.context() as patch:
        patch.setattr(engine._process._process, "kill", lambda: None)
        engine.close()
    thread.join()
    assert failed == ["the inference process does not listen any more"]


def test_an_answer_that_breaks_off_is_a_failure_of_the_process(start, monkeypatch) -> None:
    monkeypatch.setattr(process, "ENDING_S", 0.1)
    engine = start()
    whole, (ours, theirs) = engine._process._line, multiprocessing.Pipe()
    os.write(theirs.fileno(), b"\0\0\0\x63of 99 bytes")
    with socket.socket(fileno=os.dup(theirs.fileno())) as end:
        end.shutdown(socket.SHUT_WR)
    engine._process._line = ours
    with pytest.raises(EngineFailedError, match="does not listen any more"):
        engine.run(*frame())
    whole.close()


def test_the_process_ends_with_the_program_whatever_ends_that_and_does_not_hear_ctrl_c(tmp_path) -> None:
    """Killed while a frame hangs: nobody is left who could tell the process anything."""
    folders = str(Path(scripted_engine.__file__).parent), str(ROOT)
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
    )
    process_id = int(program.stdout.readline())
    assert os.getsid(process_id) == process_id != os.getsid(program.pid)
    time.sleep(0.2)
    assert is_running(process_id)
    program.kill()
    program.communicate()
    wait_until(lambda: not is_running(process_id), seconds=10)


def test_frames_leave_no_names_and_no_memory_behind(start) -> None:
    def named() -> set[str]:
        return {path.name for path in Path("/dev/shm").glob("*") if "rgbd" in path.name}

    before = files_held()
    engine = start()
    engine.run(*frame(0, (48, 64)))
    assert not named()
    engine.close()
    engine.close()  # closing twice does no harm
    assert files_held() == before


def test_remarks_of_the_process_are_said_by_the_program_and_its_prints_are_not(start, caplog, capfd) -> None:
    with caplog.at_level(logging.WARNING, "segmentation.engines"):
        start("remark", "print").run(*frame())
    assert [(record.name, record.message) for record in caplog.records] == [("segmentation.engines", "a remark")]
    assert "library prints" not in "".join(capfd.readouterr())


def test_another_input_size_is_another_process(start) -> None:
    engine = start()
    other = engine.at_input_size((32, 24))
    assert other.process_id != engine.process_id
    other.close()
    engine.run(*frame())


def test_shared_memory_grows_and_both_ends_see_the_same() -> None:
    ours = SharedMemory()
    theirs = SharedMemory(os.dup(ours.file_number))
    for size in ((3, 5), (7, 9), (2, 2)):
        ours.frame(size).color[:] = 7
        ours.frame(size).depth_m[:] = 0.5
        seen = theirs.frame(size)
        assert (seen.color == 7).all()
        assert (seen.depth_m == 0.5).all()
        assert sum(array.nbytes for array in seen) == size[0] * size[1] * BYTES_PER_PIXEL
        seen.labels[:], seen.confidence[:] = 3, 0.25
        assert (ours.frame(size).labels == 3).all()
        assert (seen.color == 7).all()  # no array lies over another
    ours.close()
    theirs.close()

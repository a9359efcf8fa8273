"""The whole of play() while the engine's process fails under it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from scripted_engine import ScriptedEngine, is_running, processes_of, scripted
from waiting import wait_until

from app import live
from app.options import LiveOptions
from console.interrupt import Interrupt
from console.say import say_remarks
from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.engines.choose import Choice
from segmentation.engines.history import EngineHistory
from segmentation.engines.isolated import engine as isolated
from segmentation.engines.isolated.enduring import EnduringEngine
from segmentation.segmenter import Segmenter

pytestmark = [pytest.mark.timeout(60), pytest.mark.usefixtures("without_display")]
FRAMES = 8


class OnCpu(ScriptedEngine):
    name, device_name, precision = "spare", "cpu", "fp32"


@pytest.fixture
def play(monkeypatch, tmp_path, source) -> Callable[..., dict]:
    """Plays with an engine of these lives; gives the stats, with the masks' bytes."""
    say_remarks()

    def play(*lives: tuple[str, ...], interrupt: Interrupt | None = None, frames=FRAMES, **options) -> dict:
        out, history = tmp_path / str(time.monotonic_ns()), EngineHistory()
        out.mkdir()
        engine = EnduringEngine(scripted(out / "log", *lives), lambda _: Choice(OnCpu(), ""), history)
        card = ModelCard("malleable-deresunet-lite", class_set("nyu13"))
        made = Segmenter(card, engine, engine_reason="as scripted", history=history)
        monkeypatch.setattr(live, "open_live_source", lambda _: source(frames, delay_s=0.001, **options))
        monkeypatch.setattr(live, "load_model", lambda _: made)
        chosen = LiveOptions(view="none", save_masks=out / "masks", stats=out / "stats.json")
        try:
            live.play(chosen, interrupt or Interrupt(), started_s=time.perf_counter())
        finally:
            assert not any(map(is_running, processes_of(out / "log")))
        stats = json.loads((out / "stats.json").read_text())
        return {**stats, "masks": [path.read_bytes() for path in sorted((out / "masks").glob("*.png"))]}

    return play


def test_a_recording_is_labelled_whole_and_alike_whatever_happens_to_the_process(play, capsys) -> None:
    calm = play(())
    assert "restart" not in capsys.readouterr().err
    shaken = play(("work", "work", "kill"), ("exit",), ())
    assert (calm["counters"]["segmented"], len(calm["masks"])) == (FRAMES, FRAMES)
    assert shaken["masks"] == calm["masks"]
    assert shaken["counters"] == {**calm["counters"], "engine_restarts": 2}
    assert (shaken["engine"], shaken["device"], shaken["engine_reason"]) == ("scripted", "gpu", "as scripted")
    said = capsys.readouterr().err
    assert "rgbd-live: the inference process was ended by SIGKILL: it is started anew (restart 1)\n" in said
    assert "rgbd-live: the inference process ended with exit code 7: it is started anew (restart 2)\n" in said
    assert "engine scripted on gpu, fp16 at the end, after 2 restarts\n" in said
    assert "Traceback" not in said


def test_a_device_that_is_given_up_is_told_in_the_stats_and_at_the_end(play, capsys) -> None:
    stats = play(("work", "refuse"))
    change = "device gpu: cannot do this: engine spare on cpu, fp32 from now on"
    assert (stats["engine"], stats["device"], stats["precision"]) == ("spare", "cpu", "fp32")
    assert stats["engine_changes"] == [change]
    assert stats["engine_reason"] == change
    assert stats["masks"] == play(())["masks"]
    said = capsys.readouterr().err
    assert f"rgbd-live: {change}\n" in said
    assert "\nengine spare on cpu, fp32 at the end\n" in said


def test_a_camera_goes_on_and_its_losses_stay_counted(play) -> None:
    stats = play(("work", "kill"), (), live=True, frames=60)
    counters = stats["counters"]
    assert counters["engine_restarts"] == 1
    assert counters["captured"] == 60 == counters["segmented"] + counters["overwritten"]
    assert counters["overwritten"] > 0  # those that came while the process started


@pytest.fixture
def ctrl_c_after(tmp_path) -> Iterator[Callable[[int], Interrupt]]:
    """Ctrl-C once the mask of a frame is there."""
    interrupt, waiting = Interrupt(), []

    def wait(frame: int) -> None:
        wait_until(lambda: any(tmp_path.rglob(f"masks/{frame:06}.png")), seconds=30)
        interrupt.requested = True

    def ctrl_c_after(frame: int) -> Interrupt:
        waiting.append(threading.Thread(target=wait, args=(frame,)))
        waiting[0].start()
        return interrupt

    yield ctrl_c_after
    waiting[0].join()


def test_ctrl_c_ends_the_process_with_the_program(play, ctrl_c_after) -> None:
    with pytest.raises(KeyboardInterrupt):
        play((), interrupt=ctrl_c_after(7), stall=True)


def test_ctrl_c_does_not_wait_for_a_device_that_hangs(play, ctrl_c_after, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(isolated, "FRAME_S", 3600.0)
    with pytest.raises(KeyboardInterrupt):
        play(("work", "work", "hang"), interrupt=ctrl_c_after(1))
    (stats,) = tmp_path.rglob("stats.json")
    counters = json.loads(stats.read_text())["counters"]
    assert (counters["segmented"], counters["engine_restarts"]) == (2, 0)

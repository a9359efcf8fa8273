"""The whole of play() with a source and a segmenter made for the test."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from waiting import wait_until

from app import live
from app.controls import Controls
from app.options import LiveOptions
from console.errors import DisplayError, OutputError
from console.interrupt import Interrupt
from sensors.errors import DeviceLostError, RecordingError
from sensors.prepared import read_index

pytestmark = [pytest.mark.timeout(60), pytest.mark.usefixtures("without_display")]


@pytest.fixture
def play(monkeypatch, segmenter):
    def play(source, **options) -> None:
        monkeypatch.setattr(live, "open_live_source", lambda _: source)
        if options.get("model") != "none":
            made = options.pop("segmenter", None) or segmenter()
            monkeypatch.setattr(live, "load_model", lambda _: made)
        live.play(LiveOptions(**{"view": "none", **options}), Interrupt(), started_s=time.perf_counter())
        assert source.closed

    return play


def test_all_files_come_out_whole_and_agree(play, source, tmp_path, capsys) -> None:
    out = {
        "save_video": tmp_path / "v.mp4",
        "save_masks": tmp_path / "m",
        "save_cloud": tmp_path / "c.ply",
        "screenshot": tmp_path / "s.png",
        "stats": tmp_path / "s.json",
        "record": tmp_path / "r.db3",
        "save_dataset": tmp_path / "d",
    }
    play(source(6), **out)
    stats = json.loads(out["stats"].read_text())
    assert stats["counters"] == {
        "captured": 6,
        "overwritten": 0,
        "segmented": 6,
        "shown": 0,
        "sdk_gaps": 0,
        "without_depth": 0,
        "engine_restarts": 0,
    }
    assert stats["model"] == "fake-model"
    assert stats["trained"] is False
    assert stats["recording"] == {
        "files": [str(tmp_path / "r.db3")],
        "captured": 6,
        "written": 6,
        "dropped": 0,
        "not_compressed": 0,
        "megabytes": 0.1,
        "ended_early": None,
    }
    assert stats["frames"] == {"position": list(range(6)), "device_number": [1000 + index for index in range(6)]}
    assert '"position": [ 0, 1, 2, 3, 4, 5 ],' in out["stats"].read_text()
    assert stats["fps"] > 0
    assert stats["startup_s"] > 0
    assert sorted(path.name for path in out["save_masks"].glob("*.png")) == [f"{index:06d}.png" for index in range(6)]
    assert len(read_index(out["save_dataset"]).samples) == 6
    said = capsys.readouterr().err
    assert "recorded 6 of 6 frames captured" in said
    assert said.splitlines()[-1].startswith("UNTRAINED: fake-model")
    for path in out.values():
        assert path.exists()
        assert str(path) in said


def test_the_stats_have_exactly_the_described_fields(play, source, tmp_path) -> None:
    play(source(1), stats=tmp_path / "s.json")
    stats = json.loads((tmp_path / "s.json").read_text())
    manual = (Path(live.__file__).parent.parent / "docs" / "live.md").read_text()
    for field in stats:
        assert f"`{field}`" in manual, f"docs/live.md does not describe {field}"
    for field in (*stats["counters"], *stats["stages_ms"]):
        assert f"`{field}`" in manual, f"docs/live.md does not describe {field}"


def test_two_runs_give_identical_masks(play, source, tmp_path) -> None:
    for run in ("a", "b"):
        play(source(4), save_masks=tmp_path / run)
    contents = [[path.read_bytes() for path in sorted((tmp_path / run).iterdir())] for run in ("a", "b")]
    assert len(contents[0]) == 5
    assert contents[0] == contents[1]


def test_frames_without_any_depth_keep_running_and_are_told(play, source, tmp_path, capsys) -> None:
    play(
        source(3, empty_depth=True), save_masks=tmp_path / "m", save_cloud=tmp_path / "c.ply", stats=tmp_path / "s.json"
    )
    counters = json.loads((tmp_path / "s.json").read_text())["counters"]
    assert (counters["segmented"], counters["without_depth"]) == (3, 3)
    assert "3 without any depth" in capsys.readouterr().err
    assert b"element vertex 0\n" in (tmp_path / "c.ply").read_bytes()


@pytest.mark.parametrize("error", [RecordingError("cut off"), DeviceLostError("gone")])
def test_what_came_before_an_error_is_kept(play, source, tmp_path, error) -> None:
    with pytest.raises(type(error)):
        play(
            source(3, error=error), save_masks=tmp_path / "m", save_video=tmp_path / "v.mp4", stats=tmp_path / "s.json"
        )
    assert len(list((tmp_path / "m").glob("*.png"))) == 3
    assert (tmp_path / "v.mp4").exists()
    assert json.loads((tmp_path / "s.json").read_text())["counters"]["segmented"] == 3


def test_a_name_that_is_too_long_is_an_output_that_cannot_be_written(play, source, tmp_path) -> None:
    with pytest.raises(OutputError, match="too long"):
        play(source(3), screenshot=tmp_path / ("a" * 300 + ".png"), stats=tmp_path / "s.json")
    assert (tmp_path / "s.json").exists()


def test_a_recording_without_frames_is_bad_input(play, source, tmp_path) -> None:
    with pytest.raises(RecordingError, match="no frames"):
        play(source(0), stats=tmp_path / "s.json", save_video=tmp_path / "v.mp4")
    assert not any(tmp_path.iterdir())


def test_who_quits_before_the_first_frame_comes_is_told_of_no_fault(play, source, viewer, monkeypatch) -> None:
    monkeypatch.setattr(live, "choose_viewer", lambda *_: viewer(quit_after=3))
    play(source(0, live=True, stall=True), view="2d")


def test_what_was_recorded_before_the_first_result_is_told(play, source, viewer, monkeypatch, tmp_path, capsys) -> None:
    def paused_viewer(_options, _probe, context):
        context.controls.paused = True
        return viewer(quit_after=8)

    monkeypatch.setattr(live, "choose_viewer", paused_viewer)
    play(source(5, live=True, stall=True), view="2d", record=tmp_path / "r.db3", stats=tmp_path / "s.json")
    stats = json.loads((tmp_path / "s.json").read_text())
    assert (stats["counters"]["segmented"], stats["recording"]["written"]) == (0, 5)
    assert "recorded 5 of 5 frames captured" in capsys.readouterr().err


def test_looking_without_a_model_labels_nothing(play, source, tmp_path, capsys) -> None:
    play(
        source(3),
        model="none",
        screenshot=tmp_path / "s.png",
        save_video=tmp_path / "v.mp4",
        save_cloud=tmp_path / "c.ply",
    )
    with Image.open(tmp_path / "s.png") as image:
        assert "UNTRAINED" not in image.text
    assert "UNTRAINED" not in capsys.readouterr().err
    assert b"UNTRAINED" not in (tmp_path / "c.ply").read_bytes()


def test_max_frames_counts_across_loops(play, source, tmp_path) -> None:
    play(source(4), loop=True, max_frames=10, stats=tmp_path / "s.json")
    stats = json.loads((tmp_path / "s.json").read_text())
    assert stats["counters"]["segmented"] == 10
    assert stats["frames"]["position"] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]


def test_a_signal_while_playing_ends_in_keyboard_interrupt_with_all_written(monkeypatch, source, segmenter, tmp_path):
    interrupt = Interrupt()
    fake = segmenter(delay_s=0.01)
    predict = fake.predict

    def predict_and_interrupt(*arguments):
        interrupt.requested |= len(fake.seen) == 3
        return predict(*arguments)

    fake.predict = predict_and_interrupt
    monkeypatch.setattr(live, "open_live_source", lambda _: source(100))
    monkeypatch.setattr(live, "load_model", lambda _: fake)
    options = LiveOptions(view="none", save_masks=tmp_path / "m", stats=tmp_path / "s.json")
    with pytest.raises(KeyboardInterrupt):
        live.play(options, interrupt, started_s=time.perf_counter())
    segmented = json.loads((tmp_path / "s.json").read_text())["counters"]["segmented"]
    assert 4 <= segmented < 100  # a few may pass before the main thread looks
    assert len(list((tmp_path / "m").glob("*.png"))) == segmented


def test_a_file_that_fails_midway_leaves_the_others_whole(play, source, tmp_path, monkeypatch) -> None:
    from app.outputs import video

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(video, "overlay_picture", full)
    with pytest.raises(OSError, match="No space"):
        play(source(50), save_video=tmp_path / "v.mp4", save_masks=tmp_path / "m", stats=tmp_path / "s.json")
    for path in (tmp_path / "m").glob("*.png"):
        with Image.open(path) as image:
            assert np.array(image).shape == (48, 64)
    assert not (tmp_path / "v.mp4").exists()
    json.loads((tmp_path / "s.json").read_text())


def test_files_are_finished_when_the_window_cannot_even_be_closed(play, source, tmp_path, monkeypatch) -> None:
    def fail(self) -> None:
        raise RuntimeError("the display is gone")

    monkeypatch.setattr(live.Session, "_play", lambda session: session.outputs.recorder.add(next(iter(session.source))))
    monkeypatch.setattr("app.viewers.console.ConsoleViewer.close", fail)
    with pytest.raises(RuntimeError, match="display"):
        play(source(3), record=tmp_path / "r.db3")
    assert (tmp_path / "r.db3").exists()


def test_a_calibration_that_cannot_be_used_is_the_inputs_fault(monkeypatch, make_raw, source) -> None:
    from sensors import align

    def refuse(self, raw):
        raise ValueError("lens distortion 'ftheta' is not supported")

    monkeypatch.setattr(align.Aligner, "__call__", refuse)
    with pytest.raises(RecordingError, match=r"fake: lens distortion"):
        live.make_aligner(source(1).info)(make_raw(0))


def test_a_window_and_nothing_else_without_a_display_cannot_be_done(play, source) -> None:
    with pytest.raises(DisplayError, match="--view 2d: there is no display"):
        play(source(1), view="2d")


def test_outputs_are_looked_at_before_anything_opens(play, source, tmp_path) -> None:
    (tmp_path / "file").touch()
    untouched = source(1)
    with pytest.raises(OutputError):
        play(untouched, save_masks=tmp_path / "file" / "m")
    assert untouched.given == 0
    assert not untouched.closed


def test_a_window_goes_on_when_the_recording_cannot_and_the_exit_code_tells(
    play, source, viewer, monkeypatch, tmp_path, capsys
) -> None:
    (tmp_path / "disk").mkdir()
    window = viewer()
    monkeypatch.setattr(live, "choose_viewer", lambda *_: window)

    class Camera(source):
        def frames_from(self, position):
            for raw in super().frames_from(position):
                if raw.index == 3:
                    wait_until((tmp_path / "disk" / "r.db3.part").exists)
                    (tmp_path / "disk").rename(tmp_path / "gone")  # at once, for the recorder is at work in it
                yield raw

    camera = Camera(40, live=True, delay_s=0.02)
    with pytest.raises(OutputError, match="removed or moved away"):
        play(camera, view="2d", record=tmp_path / "disk" / "r.db3", stats=tmp_path / "s.json")
    assert camera.given == 40
    recording = json.loads((tmp_path / "s.json").read_text())["recording"]
    assert recording["captured"] == 40
    assert "removed or moved away" in recording["ended_early"]
    said = capsys.readouterr().err
    assert said.count("the view goes on") == 1
    assert f"recorded {recording['written']} of 40 frames captured" in said


@pytest.mark.parametrize(
    ("name", "options", "stays"),
    [
        ("web", {}, True),
        ("2d", {}, False),  # nobody is at the terminal
        ("none", {}, False),
        ("web", {"stats": Path("s.json")}, False),
    ],
)
def test_a_page_outlives_its_recording(source, segmenter, viewer, monkeypatch, name, options, stays) -> None:
    monkeypatch.setattr("sys.stdin", None)
    controls = Controls(frame_count=5, seekable=True)
    live.Session(
        LiveOptions(view="none", **options), source(5), segmenter(), None, viewer(name), controls, Interrupt(), 0.0
    )
    assert controls.stays == stays


def test_torch_comes_after_its_threads_were_told_to_sleep() -> None:
    """The source is opened before the model loads: what it needs must not bring torch along."""
    code = """
import sys
from console.check_frames import DEMO_CHECK_FRAMES
from app import live, measure
from app.options import LiveOptions
with live.open_live_source(LiveOptions()):
    print("torch" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(live.__file__).parents[1]
    )
    assert done.stdout.strip() == "False"

from __future__ import annotations

import io
import os
import shutil
import subprocess
import time

import numpy as np
import pytest

from app.controls import Controls
from app.options import LiveOptions
from app.overlay import Overlay
from app.picture import Captions, compose, layout_for
from app.result import Pulse, Result
from app.viewers import console, probe
from app.viewers import window as window_module
from app.viewers.choose import choose_viewer, start_probe
from app.viewers.console import ConsoleViewer
from app.viewers.context import ViewContext
from app.viewers.probe import WindowProbe
from app.viewers.window import NAME, WindowViewer, action_of, answer_text
from sensors.source import SourceStatus

PULSE = Pulse(12.3, 45.6, losses={"overwritten": 7})
STREAMING = SourceStatus("streaming", "", 0.0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_terminal_shows_a_line_a_second(result, monkeypatch) -> None:
    monkeypatch.setattr(console, "EVERY_S", 0.0)
    stream = io.StringIO()
    viewer = ConsoleViewer(stream)
    viewer.show(Result(*result(3), PULSE))
    assert stream.getvalue() == "frame 3   12.3 frames/s   latency 46 ms   7 overwritten\n"


def test_a_real_terminal_rewrites_its_line_and_ends_it(result, monkeypatch) -> None:
    monkeypatch.setattr(console, "EVERY_S", 0.0)
    stream = Terminal()
    viewer = ConsoleViewer(stream)
    viewer.show(Result(*result(3), PULSE))
    viewer.show(Result(*result(4), PULSE))
    assert "\n" not in stream.getvalue()
    viewer.close()
    viewer.close()
    assert stream.getvalue().count("\n") == 1


def test_nothing_is_told_within_the_first_second(result) -> None:
    stream = io.StringIO()
    ConsoleViewer(stream).show(Result(*result(), PULSE))
    assert stream.getvalue() == ""


def test_a_first_frame_that_does_not_come_is_told_once(result, monkeypatch) -> None:
    monkeypatch.setattr(console, "EVERY_S", 0.0)
    stream = io.StringIO()
    viewer = ConsoleViewer(stream)
    for _ in range(2):
        viewer.attend(STREAMING)
    assert stream.getvalue() == "waiting for the first frame\n"
    viewer = ConsoleViewer(stream := io.StringIO())
    viewer.show(Result(*result(), PULSE))
    viewer.attend(STREAMING)
    assert "waiting" not in stream.getvalue()


def test_a_lost_camera_is_told_once_and_so_is_its_return() -> None:
    stream = io.StringIO()
    viewer = ConsoleViewer(stream)
    lost = SourceStatus("lost", "camera lost: reconnecting", 0.0)
    for status in (STREAMING, lost, lost, STREAMING):
        assert viewer.attend(status)
    assert stream.getvalue() == "camera lost: reconnecting\nsource: streaming\n"


@pytest.mark.parametrize(
    ("key", "action"),
    [(" ", "pause"), ("n", "step"), ("+", "stronger"), ("=", "stronger"), ("]", "stronger"), ("-", "weaker"),
     ("[", "weaker"), ("s", "save"), ("S", "save"), ("q", "quit"), ("\x1b", "quit"), ("h", "help"), ("x", "")],
)  # fmt: skip
def test_keys_do_what_the_help_says(key, action) -> None:
    assert action_of(ord(key)) == action


def test_no_key_and_unknown_codes_do_nothing() -> None:
    assert [action_of(code) for code in (-1, 65361, 1 << 20)] == ["", "", ""]
    assert action_of(65363) == "step"


def test_an_answer_names_class_confidence_and_place(result) -> None:
    from app.query import query_pixel

    frame, segmentation = result()
    name = segmentation.classes.names[segmentation.labels[20, 40]]
    assert answer_text(query_pixel(frame, segmentation, 40, 20)).startswith(f"{name}   50%   ")
    assert answer_text(query_pixel(frame, segmentation, 0, 20)).endswith("no depth here")


@pytest.mark.usefixtures("without_display")
def test_without_a_display_there_is_no_window_and_no_child() -> None:
    tried = WindowProbe()
    assert tried._child is None
    assert "DISPLAY" in tried.reason()


@pytest.mark.parametrize(
    ("script", "said"),
    [("sys.exit(3)", "--force-reinstall"), ("raise ImportError", "--force-reinstall"), ("os.abort()", "X server")],
)
def test_a_probe_that_dies_is_explained(monkeypatch, script, said) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(probe, "_TRY", f"import os, sys\n{script}")
    tried = WindowProbe()
    reason = tried.reason()
    assert said in reason
    assert "\n" not in reason
    assert tried.reason() == reason


def test_a_display_that_hangs_is_given_up(monkeypatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(probe, "CHILD_S", 0.2)
    monkeypatch.setattr(probe, "_TRY", "import time; time.sleep(60)")
    assert "did not answer" in WindowProbe().reason()


def test_a_probe_nobody_asks_is_ended(monkeypatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(probe, "_TRY", "import time; time.sleep(60)")
    tried = WindowProbe()
    child = tried._child
    tried.close()
    assert child.poll() is not None


@pytest.mark.usefixtures("without_display")
def test_no_window_is_tried_where_none_is_wanted(capsys) -> None:
    options = LiveOptions(view="none")
    assert start_probe(options) is None
    viewer = choose_viewer(options, None, ViewContext(title="", model="", controls=Controls()))
    assert viewer.name == "none"
    assert capsys.readouterr().err == ""


needs_display = pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="no X display")


@pytest.fixture
def window(tmp_path):
    context = ViewContext(title="title", model="model", controls=Controls(), saves=tmp_path / "saves")
    viewer = WindowViewer(context)
    yield viewer
    viewer.close()


def press(*keys: str) -> None:
    found = subprocess.run(["xdotool", "search", "--name", NAME], capture_output=True, text=True, check=True)
    subprocess.run(["xdotool", "key", "--window", found.stdout.split()[-1], *keys], check=True)


def attend_until(viewer, condition) -> None:
    deadline_s = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline_s:
        viewer.attend(STREAMING)
    assert condition()


@pytest.mark.display
@needs_display
def test_the_window_opens_here() -> None:
    assert WindowProbe().reason() is None


@pytest.mark.display
@needs_display
@pytest.mark.skipif(shutil.which("xdotool") is None, reason="xdotool is not installed")
def test_keys_and_clicks_work_in_the_window(window, result, tmp_path) -> None:
    window.show(Result(*result(), PULSE))
    for _ in range(20):
        assert window.attend(STREAMING)
    press("plus")
    attend_until(window, lambda: window._overlay.opacity > 0.55)
    press("h")
    attend_until(window, lambda: window._helping)
    press("s")
    attend_until(window, lambda: len(list((tmp_path / "saves").glob("*"))) == 3)
    left, top = window._layout.lefts[1], window._layout.top
    found = subprocess.run(["xdotool", "search", "--name", NAME], capture_output=True, text=True, check=True)
    number = found.stdout.split()[-1]
    subprocess.run(
        ["xdotool", "mousemove", "--window", number, str(left + 100), str(top + 60), "click", "1"], check=True
    )
    attend_until(window, lambda: window._pixel is not None)
    expected = window._layout.pixel_at(left + 100, top + 60)
    assert np.abs(np.subtract(window._pixel, expected)).max() <= 1
    press("q")
    attend_until(window, lambda: window._quit)
    assert not window.attend(STREAMING)


@pytest.mark.display
@needs_display
@pytest.mark.skipif(shutil.which("xdotool") is None, reason="xdotool is not installed")
def test_space_pauses_n_steps_and_space_goes_on(window, result) -> None:
    window.show(Result(*result(), PULSE))
    for _ in range(20):
        window.attend(STREAMING)
    controls = window._controls
    press("space")
    attend_until(window, lambda: controls.paused)
    assert not controls.may_go(0)
    press("n")
    attend_until(window, lambda: controls.may_go(0))  # one frame may pass
    controls.passed()
    assert controls.paused
    press("space")
    attend_until(window, lambda: not controls.paused)


@pytest.mark.display
@needs_display
@pytest.mark.skipif(shutil.which("xdotool") is None, reason="xdotool is not installed")
def test_before_the_first_frame_the_window_says_that_it_waits(window, result, monkeypatch) -> None:
    window.attend(STREAMING)
    assert not window._is_open
    monkeypatch.setattr(window_module, "WAIT_S", 0.0)
    for _ in range(20):
        assert window.attend(STREAMING)
    assert window._is_open
    window.show(Result(*result(), PULSE))
    for _ in range(20):
        window.attend(STREAMING)
    found = subprocess.run(["xdotool", "search", "--name", NAME], capture_output=True, text=True, check=True)
    size = subprocess.run(
        ["xdotool", "getwindowgeometry", "--shell", found.stdout.split()[-1]],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert {f"WIDTH={window._layout.canvas_size[0]}", f"HEIGHT={window._layout.canvas_size[1]}"} <= set(size)


@pytest.mark.display
@needs_display
@pytest.mark.skipif(shutil.which("xdotool") is None, reason="xdotool is not installed")
def test_someone_who_does_not_want_to_wait_can_quit(window, monkeypatch) -> None:
    monkeypatch.setattr(window_module, "WAIT_S", 0.0)
    lost = SourceStatus("lost", "the camera is lost: it was unplugged", 0.0)
    for _ in range(20):
        window.attend(lost)
    press("q")
    deadline_s = time.monotonic() + 10
    while window.attend(lost) and time.monotonic() < deadline_s:
        pass
    assert window._quit


@pytest.mark.display
@needs_display
def test_a_lost_camera_greys_the_last_frame(window, result, monkeypatch) -> None:
    window.show(Result(*result(), PULSE))
    drawn = []
    monkeypatch.setattr(window, "_put", lambda picture, layout: drawn.append(picture))
    window.attend(SourceStatus("lost", "camera lost", time.monotonic() - 3))
    picture = drawn[0]
    below = picture[60:]  # under the banner
    assert (below[..., 0] == below[..., 1]).all()
    window._pixel, window._next_lost_s = (40, 20), 0.0
    window._redraw()
    window.attend(SourceStatus("lost", "camera lost", time.monotonic() - 3))
    assert (drawn[-1][60:] != below).any()  # a click is answered all the same


def test_the_canvas_fits_small_and_tall_frames(result) -> None:
    from dataclasses import replace

    frame, segmentation = result()
    for height, width in ((1, 1), (48, 64), (640, 360)):
        camera = replace(frame.intrinsics, width=width, height=height)
        small = replace(
            frame,
            color=np.zeros((height, width, 3), np.uint8),
            depth_m=np.ones((height, width), np.float32),
            intrinsics=camera,
        )
        labels = replace(
            segmentation, labels=np.ones((height, width), np.uint8), confidence=np.ones((height, width), np.float16)
        )
        canvas, layout = compose(small, labels, Overlay(), Captions("t", "n", "s"))
        assert canvas.shape[1::-1] == layout.canvas_size


@pytest.mark.parametrize("size", [(160, 120), (640, 480), (1280, 720), (480, 640), (720, 1280), (500, 500)])
def test_the_canvas_fits_a_laptop_screen(size) -> None:
    layout = layout_for(size, with_model=True)
    assert layout.canvas_size[0] <= 1536
    assert layout.canvas_size[1] <= 864 - 40  # a title bar
    assert layout.size[0] / layout.size[1] == pytest.approx(size[0] / size[1], rel=0.01)

from __future__ import annotations

import io

import pytest

from app.controls import Controls
from app.options import LiveOptions
from app.result import Pulse, Result
from app.viewers import console, probe
from app.viewers.choose import choose_viewer, start_probe
from app.viewers.console import ConsoleViewer
from app.viewers.context import ViewContext
from app.viewers.probe import WindowProbe
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

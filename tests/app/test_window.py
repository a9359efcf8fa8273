"""The 2D window: what keys and clicks do, told without a display where that will do, and in a real window."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import replace

import numpy as np
import pytest

from app.controls import Controls
from app.layout import NARROWEST_PANEL
from app.look import Look
from app.no_model import NoModel
from app.result import Pulse, Result
from app.text import text_width
from app.viewers.context import ViewContext
from app.viewers.draw_budget import DrawBudget
from app.viewers.guarded_panels import GuardedPanels
from app.viewers.probe import WindowProbe
from app.viewers.shared.keys import LOOKING, PLAYING, POINTING, action_of
from app.viewers.shared.picks import Picks
from app.viewers.shared.steering import Steering, states
from app.viewers.window import NAME, WindowViewer
from app.viewers.window import help as help_module
from app.viewers.window import viewer as viewer_module
from sensors.source import SourceStatus

PULSE = Pulse(12.3, 45.6, losses={"overwritten": 7})
STREAMING = SourceStatus("streaming", "", 0.0)
LOST = SourceStatus("lost", "camera lost", 0.0)


@pytest.fixture
def shown(result) -> Result:
    return Result(*result(3, trained=True), PULSE)


# Keys


@pytest.mark.parametrize(
    ("key", "action"),
    [(" ", "pause"), ("n", "step"), ("+", "stronger"), ("=", "stronger"), ("]", "stronger"), ("-", "weaker"),
     ("[", "weaker"), ("s", "save"), ("S", "save"), ("q", "quit"), ("\x1b", "quit"), ("h", "help"), ("x", "hide"),
     (",", "slower"), (".", "faster"), ("v", "view"), ("d", "depth"), ("z", ""), ("\t", "")],
)  # fmt: skip
def test_characters_have_their_actions(key, action) -> None:
    assert action_of(ord(key)) == action


@pytest.mark.parametrize(
    ("code", "action"),
    [(-1, ""), (1 << 20, ""), (65363, "step"), (65361, "back"), (16777234, "back"), (65360, "first"),
     (65367, "last"), (65365, "far_back"), (65366, "far_on"), (65505, "")],
)  # fmt: skip
def test_arrows_and_the_like_have_theirs(code, action) -> None:
    assert action_of(code) == action


def test_every_key_of_the_help_does_something_and_no_letter_does_two_things(shown) -> None:
    letters = "".join(key.characters for key in (*PLAYING, *LOOKING))
    assert len(set(letters)) == len(letters)
    for key in (*PLAYING, *LOOKING):
        for character in key.characters or key.name.replace("and", "").replace("or", "").replace(" ", "")[:1]:
            if len(key.name.split()[0]) == 1 or key.characters:
                assert action_of(ord(character)), key
    assert all(key.meaning for key in (*PLAYING, *LOOKING, *POINTING))


@pytest.mark.parametrize(
    ("width", "height"), [(3 * NARROWEST_PANEL + 56, 306), (1016, 396), (640, 480), (1272, 523), (1900, 1000)]
)
def test_the_help_is_never_cut_off(monkeypatch, width, height) -> None:
    drawn = []
    monkeypatch.setattr(help_module, "draw_text", lambda _, text, at, size, **__: drawn.append((text, at, size)))
    help_module.draw_help(np.zeros((height, width, 3), np.uint8))
    for text, (x, y), size in drawn:
        assert x + text_width(text, size) <= width, text
        assert y + round(1.4 * size) <= height, text
    texts = [text for text, _, _ in drawn]
    for key in (*PLAYING, *LOOKING, *POINTING):
        assert key.name in texts
        assert key.meaning in texts


# What keys do


def steering(**facts) -> tuple[Steering, Controls, Look]:
    controls, look = Controls(**{"frame_count": 50, "seekable": True, **facts}), Look()
    return Steering(controls, look), controls, look


def test_pausing_and_stepping(shown) -> None:
    do, controls, _ = steering()
    do.do("pause", shown, None)
    assert controls.paused
    assert not controls.may_go(0)
    do.do("step", shown, None)
    assert controls.may_go(0)
    do.do("pause", shown, None)
    assert not controls.paused


@pytest.mark.parametrize(
    ("actions", "position"),
    [(["back"], 2), (["back", "back"], 1), (["back"] * 9, 0), (["first"], 0), (["last"], 49), (["far_on"], 8),
     (["far_on", "far_on"], 13), (["far_on"] * 20, 49), (["far_back"], 0), (["last", "far_back"], 44)],
)  # fmt: skip
def test_seeking_counts_from_what_was_sought_last_and_stays_inside(shown, actions, position) -> None:
    do, controls, _ = steering()
    for action in actions:
        assert f"frame {controls.frame_count and ''}" in do.do(action, shown, None)
    assert controls.take_target() == position
    assert controls.paused == (actions[0] == "back")


def test_after_a_result_seeking_counts_from_it(shown) -> None:
    do, controls, _ = steering()
    do.do("far_on", shown, None)
    do.arrived()  # of a frame from before the seek
    do.do("far_on", shown, None)
    assert controls.take_target() == 13
    do.arrived()
    do.do("far_on", shown, None)
    assert controls.take_target() == 8


@pytest.mark.parametrize("action", ["back", "first", "last", "far_on", "slower", "faster", "loop"])
def test_a_camera_says_why_it_cannot_be_wound(shown, action) -> None:
    do, controls, _ = steering(seekable=False, frame_count=None)
    assert "only recordings" in do.do(action, shown, None)
    assert (controls.is_seeking, controls.speed, controls.loops, controls.paused) == (False, 1.0, False, False)


def test_speed_doubles_and_halves_within_its_limits(shown) -> None:
    do, controls, _ = steering()
    assert do.do("faster", shown, None) == "speed 2"
    for _ in range(5):
        said = do.do("faster", shown, None)
    assert controls.speed == 8
    assert "no faster" in said
    for _ in range(9):
        said = do.do("slower", shown, None)
    assert controls.speed == 0.1
    assert "no slower" in said


def test_labels_without_depth_are_made_anew_at_once_while_paused(shown) -> None:
    do, controls, _ = steering()
    assert do.do("depth", shown, None) == "labels without depth"
    assert not controls.uses_depth
    assert not controls.is_seeking
    controls.paused = True
    assert do.do("depth", shown, None) == "labels with depth"
    assert controls.take_target() == shown.frame.index
    do.do("smooth", shown, None)
    assert controls.smooth


@pytest.mark.parametrize("action", ["depth", "smooth"])
def test_labels_that_go_to_files_stay_and_the_key_says_why(shown, action) -> None:
    do, controls, _ = steering(fixed_labels=True)
    assert "files" in do.do(action, shown, None)
    assert controls.uses_depth
    assert not controls.smooth


def test_classes_are_hidden_shown_alone_and_shown_again(shown) -> None:
    do, _, look = steering()
    label = int(shown.segmentation.labels[20, 30])
    name = shown.segmentation.classes.names[label]
    assert do.do("hide", shown, (30, 20)) == f"{name} is hidden; r shows all"
    assert look.hidden == {label}
    do.do("hide", shown, (30, 20))
    assert not look.hidden
    assert do.do("solo", shown, (30, 20)) == f"only {name}"
    assert look.solo == label
    do.do("solo", shown, (30, 20))
    assert look.solo is None
    look.solo = label + 1
    assert do.do("hide", shown, (30, 20)) == f"{name} is shown"  # it was not, beside the one that was alone
    assert look.shows_all
    do.do("hide", shown, (30, 20))
    do.do("solo", shown, (30, 20))
    do.do("reset", shown, None)
    assert look.shows_all
    assert do.do("hide", shown, None) == "point at a class first"


def test_the_view_goes_round_and_has_only_depth_without_a_model(shown) -> None:
    do, _, look = steering()
    seen = [(do.do("view", shown, None), look.image)[1] for _ in range(4)]
    assert seen == ["confidence", "entropy", "no depth", "classes"]
    frame = shown.frame
    bare = Result(frame, NoModel().predict(frame.color, frame.depth_m, (1, 1)), PULSE)
    seen = [(do.do("view", bare, None), look.image)[1] for _ in range(3)]
    assert seen == ["no depth", "depth", "no depth"]
    for action in ("depth", "smooth", "colours", "names", "stronger"):
        assert "no model" in do.do(action, bare, None)
    assert "no class here" in do.do("hide", bare, (1, 1))


def test_opacity_palette_and_names(shown) -> None:
    do, _, look = steering()
    for _ in range(7):
        do.do("stronger", shown, None)
    assert look.opacity == 1
    for _ in range(12):
        do.do("weaker", shown, None)
    assert look.opacity == 0
    assert do.do("colours", shown, None) == "colour-blind colours"
    assert do.do("colours", shown, None) == "standard colours"
    do.do("names", shown, None)
    assert look.names


def test_the_status_tells_all_that_is_not_as_usual(shown) -> None:
    controls, look = Controls(seekable=True, frame_count=9), Look()
    assert states(controls, look, shown, at_end="") == []
    controls.paused, controls.speed, controls.loops = True, 0.5, True
    look.hidden = {1, 2}
    odd = replace(shown, pulse=replace(PULSE, smoothed=True, without_depth=True))
    told = states(controls, look, odd, at_end="")
    assert told == ["paused", "labels without depth", "labels steadied", "speed 0.5", "loops", "2 hidden"]
    look.solo = 2
    assert "only floor" in states(controls, look, odd, at_end="")


# The mouse


def test_a_click_is_a_point_a_drag_is_a_line_and_shift_means_the_thing() -> None:
    picks = Picks()
    picks.press((10, 20), (100, 200))
    picks.move((11, 20), (102, 200))  # a hand trembles
    picks.release((11, 20), (102, 201))
    assert (picks.point, picks.line, picks.thing) == ((10, 20), None, None)
    picks.press((10, 20), (100, 200))
    assert picks.move((20, 20), (120, 200))
    picks.move(None, (500, 200))  # beside the panels
    picks.release((30, 25), (130, 210))
    assert (picks.point, picks.line, picks.thing) == (None, ((10, 20), (30, 25)), None)
    picks.press((5, 6), (50, 60), whole=True)
    picks.release((5, 6), (50, 60))
    assert (picks.point, picks.line, picks.thing) == (None, None, (5, 6))
    picks.press(None, (0, 0))
    assert (picks.point, picks.line, picks.thing) == (None, None, None)


@pytest.mark.parametrize("presses", [0, 1])
def test_a_double_click_means_the_thing_with_and_without_a_press_of_its_own(presses) -> None:
    picks = Picks()
    picks.press((10, 20), (100, 200))
    picks.release((10, 20), (100, 200))
    picks.double((10, 20))
    for _ in range(presses):
        picks.press((10, 20), (100, 200))
    picks.release((10, 20), (100, 200))
    assert (picks.point, picks.thing) == (None, (10, 20))
    picks.press((10, 20), (100, 200))
    assert picks.point == (10, 20)


def test_moving_without_a_button_picks_nothing() -> None:
    picks = Picks()
    assert not picks.move((5, 5), (50, 50))
    assert picks.pointer == (5, 5)
    assert picks.line is None


def test_what_a_smaller_frame_does_not_have_is_forgotten() -> None:
    for whole in (False, True):
        picks = Picks()
        picks.press((30, 20), (0, 0), whole=whole)
        picks.keep_within(31, 21)
        assert picks.point or picks.thing
        picks.keep_within(31, 20)
        assert (picks.point, picks.thing) == (None, None)
    picks.press((1, 1), (0, 0))
    picks.move((30, 5), (90, 0))
    picks.keep_within(30, 30)
    assert picks.line is None


# Drawing, on a screen that is none


class FakeScreen:
    """Keeps what it is shown; keys: codes that are pressed one after the other."""

    def __init__(self) -> None:
        self.is_open = self.is_closed_by_user = False
        self.shown, self.keys, self.wanted = [], [], None

    def show(self, picture, *, sizes) -> None:
        self.is_open = True
        self.shown.append((picture.copy(), sizes))

    def room(self):
        return self.wanted

    def key(self) -> int:
        return self.keys.pop(0) if self.keys else -1

    def close(self) -> None:
        self.is_open = False


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def faked(tmp_path):
    """A viewer on a FakeScreen; each drawing takes as long as clock says."""
    clock = Clock()
    budget = DrawBudget(cores=1, clock_s=clock, thread_s=clock)
    controls = Controls(seekable=True, frame_count=9)
    context = ViewContext(title="title", model="model", controls=controls, saves=tmp_path / "saves")
    viewer = WindowViewer(context, budget)
    viewer._screen = FakeScreen()
    return viewer, viewer._screen, clock


def test_drawing_is_put_off_until_it_is_due_and_then_shows_the_newest(faked, shown, monkeypatch) -> None:
    viewer, screen, clock = faked
    drawn = []
    monkeypatch.setattr(viewer, "_draw", lambda result: (drawn.append(result), setattr(clock, "now_s", clock() + 0.1)))
    screen.is_open = True
    other = replace(shown, pulse=replace(PULSE, fps=1.0))
    viewer.show(shown)
    viewer.show(other)
    viewer.attend(STREAMING)
    assert drawn == [shown]
    clock.now_s += 0.85
    viewer.attend(STREAMING)
    assert drawn == [shown]  # a tenth of the time, not more
    clock.now_s += 0.2
    viewer.attend(STREAMING)
    assert drawn == [shown, other]
    clock.now_s += 5
    viewer.attend(STREAMING)
    assert len(drawn) == 2  # nothing new


def test_what_a_hand_does_is_drawn_sooner(faked, shown, monkeypatch) -> None:
    viewer, screen, clock = faked
    drawn = []
    monkeypatch.setattr(viewer, "_draw", lambda result: (drawn.append(result), setattr(clock, "now_s", clock() + 0.1)))
    screen.is_open = True
    viewer.show(shown)
    clock.now_s += 0.3
    screen.keys = [ord("t")]
    viewer.attend(STREAMING)
    assert len(drawn) == 2


def test_a_frame_of_another_size_is_drawn_and_its_picks_are_forgotten(faked, shown, capsys) -> None:
    viewer, screen, clock = faked
    viewer.show(shown)
    viewer._picks.press((60, 40), (0, 0))
    frame, segmentation = shown.frame, shown.segmentation
    camera = replace(frame.intrinsics, width=32, height=24)
    small = replace(
        frame, color=frame.color[::2, ::2].copy(), depth_m=frame.depth_m[::2, ::2].copy(), intrinsics=camera
    )
    labels = replace(
        segmentation, labels=segmentation.labels[::2, ::2].copy(), confidence=segmentation.confidence[::2, ::2].copy()
    )
    clock.now_s += 5
    viewer.show(Result(small, labels, PULSE))
    assert viewer._layout.frame_size == (32, 24)
    assert viewer._picks.point is None
    clock.now_s += 5
    viewer._picks.press((20, 20), (0, 0), whole=True)
    viewer.show(shown)
    assert viewer._layout.frame_size == (64, 48)
    assert len(screen.shown) == 3
    assert capsys.readouterr().err == ""


def test_a_panel_that_raises_is_named_once_and_the_others_go_on(faked, shown, monkeypatch, capsys) -> None:
    viewer, screen, clock = faked
    viewer.show(shown)
    healthy = screen.shown[-1][0]
    real = viewer._painter.image
    monkeypatch.setattr(
        viewer._painter, "image", lambda kind, result: 1 / 0 if kind == "classes" else real(kind, result)
    )
    for _ in range(3):
        clock.now_s += 5
        viewer.show(shown)
    assert len(screen.shown) == 4
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "the classes panel cannot be drawn" in said
    broken, layout = screen.shown[-1][0], viewer._layout
    for panel in (0, 2):
        part = np.s_[
            layout.top : layout.top + layout.size[1], layout.lefts[panel] : layout.lefts[panel] + layout.size[0]
        ]
        np.testing.assert_array_equal(broken[part], healthy[part])
    monkeypatch.undo()
    clock.now_s += 5
    viewer.show(shown)  # it comes back by itself
    np.testing.assert_array_equal(screen.shown[-1][0][60:300], healthy[60:300])


def test_an_answer_that_raises_is_forgotten_and_told(faked, shown, monkeypatch, capsys) -> None:
    viewer, screen, _ = faked
    monkeypatch.setattr("app.viewers.shared.marks.query_region", lambda *_: 1 / 0)
    viewer._picks.press((10, 10), (0, 0), whole=True)
    viewer.show(shown)
    assert "cannot be answered" in capsys.readouterr().err
    assert viewer._picks.thing is None
    assert screen.shown


def test_guarded_panels_pass_on_what_the_painter_paints(shown) -> None:
    from app.look import Painter

    painter = Painter(Look())
    np.testing.assert_array_equal(GuardedPanels(painter)("depth", shown), painter.image("depth", shown))


@pytest.mark.parametrize("pick", ["point", "line", "thing"])
def test_every_answer_shows_on_every_panel(faked, shown, pick) -> None:
    viewer, _, _ = faked
    viewer._current = shown
    plain, layout = viewer._composed(shown)
    viewer._picks.press((40, 30), (0, 0), whole=pick == "thing")
    if pick == "line":
        viewer._picks.move((50, 40), (99, 0))
    marked, _ = viewer._composed(shown)
    for left in layout.lefts:
        part = np.s_[layout.top : layout.top + layout.size[1], left : left + layout.size[0]]
        assert (marked[part] != plain[part]).any()


def test_a_resized_window_is_filled_and_not_sized_again(faked, shown) -> None:
    viewer, screen, clock = faked
    viewer.show(shown)
    assert screen.shown[-1][1]
    screen.wanted = (1200, 700)
    clock.now_s += 5
    viewer.show(shown)
    picture, sizes = screen.shown[-1]
    assert picture.shape == (700, 1200, 3)
    assert not sizes


def test_the_screenshot_is_what_is_seen_without_the_help(faked, shown) -> None:
    viewer, screen, clock = faked
    assert viewer.picture() is None
    viewer.show(shown)
    viewer._look.image = "entropy"
    viewer._helping = True
    clock.now_s += 5
    viewer.show(shown)
    picture = viewer.picture()
    assert (picture != screen.shown[-1][0]).any()
    viewer._helping = False
    clock.now_s += 5
    viewer.show(shown)
    np.testing.assert_array_equal(viewer.picture()[60:], screen.shown[-1][0][60:])  # rates stand above


def test_a_message_goes_by_itself(faked, shown, monkeypatch) -> None:
    viewer, screen, clock = faked
    monkeypatch.setattr(viewer_module, "MESSAGE_S", 0.2)
    viewer.show(shown)
    plain = screen.shown[-1][0]
    screen.keys = [ord("r")]
    clock.now_s += 5
    viewer.attend(STREAMING)
    assert (screen.shown[-1][0][300:] != plain[300:]).any()
    clock.now_s += 5
    time.sleep(0.21)
    viewer.attend(STREAMING)
    np.testing.assert_array_equal(screen.shown[-1][0][300:], plain[300:])


# In a real window

needs_display = pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="no X display")
needs_xdotool = pytest.mark.skipif(shutil.which("xdotool") is None, reason="xdotool is not installed")


@pytest.fixture
def window(tmp_path):
    controls = Controls(seekable=True, frame_count=50)
    context = ViewContext(title="title", model="model", controls=controls, saves=tmp_path / "saves")
    viewer = WindowViewer(context)
    yield viewer
    viewer.close()


DOUBLE_CLICK_S = 0.6  # two clicks that are further apart are two clicks


def xdotool(*words: object) -> str:
    return subprocess.run(["xdotool", *map(str, words)], capture_output=True, text=True, check=True).stdout


def number() -> str:
    return xdotool("search", "--name", NAME).split()[-1]


def press(*keys: str) -> None:
    xdotool("key", "--window", number(), *keys)


def size() -> tuple[int, int]:
    told = xdotool("getwindowgeometry", "--shell", number())
    return int(re.search(r"WIDTH=(\d+)", told)[1]), int(re.search(r"HEIGHT=(\d+)", told)[1])


def attend_until(viewer, condition) -> None:
    deadline_s = time.monotonic() + 10
    while not condition():  # asked once a round: some take what they ask for
        assert time.monotonic() < deadline_s
        viewer.attend(STREAMING)


def attend_for(viewer, times: int = 20) -> None:
    for _ in range(times):
        assert viewer.attend(STREAMING)


@pytest.mark.display
@needs_display
def test_the_window_opens_here() -> None:
    assert WindowProbe().reason() is None


@pytest.mark.display
@needs_display
@needs_xdotool
def test_keys_work_in_the_window(window, shown, tmp_path) -> None:
    window.show(shown)
    attend_for(window)
    look, controls = window._look, window._controls
    for key, condition in (
        ("plus", lambda: look.opacity > 0.55),
        ("h", lambda: window._helping),
        ("v", lambda: look.image == "confidence"),
        ("d", lambda: not controls.uses_depth),
        ("m", lambda: controls.smooth),
        ("t", lambda: look.names),
        ("c", lambda: look.palette == "colour-blind"),
        ("l", lambda: controls.loops),
        ("period", lambda: controls.speed == 2),
        ("Left", lambda: controls.take_target() == 2),
        ("Home", lambda: controls.take_target() == 0),
        ("End", lambda: controls.take_target() == 49),
        ("Prior", lambda: controls.take_target() == 44),
        ("Next", lambda: controls.take_target() == 49),
        ("s", lambda: len(list((tmp_path / "saves").glob("*"))) == 3),
    ):
        press(key)
        attend_until(window, condition)
    press("q")
    attend_until(window, lambda: window._quit)
    assert not window.attend(STREAMING)


@pytest.mark.display
@needs_display
@needs_xdotool
def test_clicks_drags_and_double_clicks_work_in_the_window(window, shown) -> None:
    window.show(shown)
    attend_for(window)
    picks, layout = window._picks, window._layout
    left, top = layout.lefts[1] + 100, layout.top + 60
    time.sleep(DOUBLE_CLICK_S)
    xdotool("mousemove", "--window", number(), left, top, "click", 1)
    attend_until(window, lambda: picks.point is not None)
    expected = layout.pixel_at(left, top)
    assert np.abs(np.subtract(picks.point, expected)).max() <= 1
    press("x")
    attend_until(window, lambda: window._look.hidden)
    time.sleep(DOUBLE_CLICK_S)
    xdotool("mousemove", "--window", number(), left, top, "mousedown", 1)
    attend_for(window)
    xdotool("mousemove", "--window", number(), left + 60, top + 30)
    attend_until(window, lambda: picks.line is not None)
    xdotool("mouseup", 1)
    attend_for(window)
    expected = layout.pixel_at(left, top), layout.pixel_at(left + 60, top + 30)
    assert np.abs(np.subtract(picks.line, expected)).max() <= 1
    time.sleep(DOUBLE_CLICK_S)
    xdotool("mousemove", "--window", number(), left, top, "click", "--repeat", 2, "--delay", 30, 1)
    attend_until(window, lambda: picks.thing is not None)
    attend_for(window)
    assert picks.thing is not None  # the second release does not make it a point
    xdotool("click", 3)
    attend_until(window, lambda: picks.thing is None)
    time.sleep(DOUBLE_CLICK_S)
    xdotool("keydown", "shift", "click", 1, "keyup", "shift")
    attend_until(window, lambda: picks.thing is not None)


@pytest.mark.display
@needs_display
@needs_xdotool
def test_the_window_follows_its_user_and_the_frames_size(window, shown, result) -> None:
    window.show(shown)
    attend_for(window)
    assert size() == window._layout.canvas_size
    time.sleep(0.6)
    xdotool("windowsize", "--sync", number(), 900, 600)
    attend_until(window, lambda: window._layout.canvas_size == (900, 600))
    time.sleep(DOUBLE_CLICK_S)  # since another test's click
    left, top = window._layout.lefts[2] + 10, window._layout.top + 10
    xdotool("mousemove", "--window", number(), left, top, "click", 1)
    attend_until(window, lambda: window._picks.point is not None)
    assert np.abs(np.subtract(window._picks.point, window._layout.pixel_at(left, top))).max() <= 1


@pytest.mark.display
@needs_display
@needs_xdotool
def test_before_the_first_frame_the_window_says_that_it_waits(window, shown, monkeypatch) -> None:
    window.attend(STREAMING)
    assert not window._screen.is_open
    monkeypatch.setattr(viewer_module, "WAIT_S", 0.0)
    attend_for(window)
    assert window._screen.is_open
    window.show(shown)
    attend_for(window)
    assert size() == window._layout.canvas_size


@pytest.mark.display
@needs_display
@needs_xdotool
def test_someone_who_does_not_want_to_wait_can_quit(window, monkeypatch) -> None:
    monkeypatch.setattr(viewer_module, "WAIT_S", 0.0)
    for _ in range(20):
        window.attend(LOST)
    press("q")
    deadline_s = time.monotonic() + 10
    while window.attend(LOST) and time.monotonic() < deadline_s:
        pass
    assert window._quit


@pytest.mark.display
@needs_display
def test_a_window_that_is_closed_quits(window, shown) -> None:
    import cv2

    window.show(shown)
    attend_for(window)
    cv2.destroyWindow(NAME)
    assert not window.attend(STREAMING)


def test_a_lost_camera_greys_the_last_frame(faked, shown) -> None:
    viewer, screen, _ = faked
    viewer.show(shown)
    viewer.attend(SourceStatus("lost", "camera lost", time.monotonic() - 3))
    below = screen.shown[-1][0][60:]  # under the banner
    assert (below[..., 0] == below[..., 1]).all()
    viewer._picks.press((40, 20), (0, 0))
    viewer._next_lost_s = 0.0
    viewer.attend(SourceStatus("lost", "camera lost", time.monotonic() - 3))
    assert (screen.shown[-1][0][60:] != below).any()  # a click is answered all the same
    viewer._helping, viewer._next_lost_s = True, 0.0
    viewer.attend(SourceStatus("lost", "camera lost", time.monotonic() - 3))
    helped = screen.shown[-1][0][60:]
    assert (helped[..., 0] != helped[..., 2]).any()  # so is the question for the keys, whose names are in colour

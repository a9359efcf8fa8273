"""The 3D view's part of the program; test_three_d_window.py has the window itself."""

from __future__ import annotations

import importlib.util
import math
from collections import deque
from dataclasses import replace

import numpy as np
import pytest

from app.cloud import CloudMaker, PointCloud
from app.controls import Controls
from app.options import LiveOptions
from app.result import Pulse, Result
from app.viewers import probe as plain_probe
from app.viewers.choose import choose_viewer, start_probe
from app.viewers.context import ViewContext
from app.viewers.three_d import probe, vulkan
from app.viewers.three_d.choices import FARTHEST_M, Choices
from app.viewers.three_d.help import help_panel
from app.viewers.three_d.link import WindowGoneError
from app.viewers.three_d.messages import (
    Chosen,
    Closed,
    Drawn,
    Failed,
    Laid,
    Picture,
    Pointed,
    PointedInSpace,
    Pose,
    Pressed,
    Ready,
    ResetView,
    Setup,
    Update,
)
from app.viewers.three_d.packed import contiguous
from app.viewers.three_d.viewer import ThreeDViewer, setup_for
from app.viewers.three_d.window.places import CAPTION, GAP, places
from console.errors import DisplayError
from sensors.geometry import CameraIntrinsics
from sensors.source import SourceStatus

STREAMING = SourceStatus("streaming", "", 0.0)
SIZES = {"header": (800, 32), "image": (400, 332), "status": (400, 240), "caption": (380, 32), "help": (380, 600)}
PULSE = Pulse(12.3, 45.6, stages_ms={"inference": 40.0, "total": 45.6}, losses={"overwritten by newer ones": 7})


class FakeLink:
    """Remembers what is sent; draws at once unless it is told not to; takes events from the test."""

    def __init__(self) -> None:
        self.sent, self.waiting = [], deque([Laid(SIZES, 1.0)])
        self.draws, self.is_closed, self.spent_s, self.is_gone = True, False, 0.0, False

    def send(self, message) -> None:
        if self.is_gone:
            raise WindowGoneError("its process has ended: exit code 1")
        self.sent.append(message)
        if isinstance(message, Update) and self.draws:
            self.waiting.append(Drawn(self.spent_s))

    def events(self, wait_s=0.0):
        if self.is_gone:
            raise WindowGoneError("its process has ended: exit code 1")
        while self.waiting:
            yield self.waiting.popleft()

    def picture(self, timeout_s) -> Picture:
        return Picture(None, np.full((600, 380, 3), 77, np.uint8))

    def close(self) -> None:
        self.is_closed = True

    @property
    def updates(self) -> list[Update]:
        return [message for message in self.sent if isinstance(message, Update)]


class Budget:
    """Always due, and remembers what was counted."""

    rate_hz = 2.5

    def __init__(self) -> None:
        self.counted_s, self.due = [], True

    def is_due(self, *, by_hand=False) -> bool:
        return self.due

    def count(self, spent_s) -> None:
        self.counted_s.append(spent_s)


class FakeMap:
    is_on = False

    def __init__(self) -> None:
        self.made = None

    def snapshot(self):
        return self.made


@pytest.fixture
def context(tmp_path) -> ViewContext:
    return ViewContext(title="a walk", model="a-model", controls=Controls(frame_count=9, seekable=True), saves=tmp_path)


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def budget() -> Budget:
    return Budget()


@pytest.fixture
def viewer(context, link, budget) -> ThreeDViewer:
    return ThreeDViewer(context, link, Ready("llvmpipe (LLVM)", is_software=True), budget)


@pytest.fixture
def shown(viewer, link, result) -> Result:
    """A result that is on the screen."""
    shown = Result(*result(3), PULSE)
    viewer.attend(STREAMING)
    viewer.show(shown)
    turn(viewer)
    assert link.updates[-1].cloud is not None
    return shown


def turn(viewer, times=2, status=STREAMING) -> bool:
    return [viewer.attend(status) for _ in range(times)][-1]


def happens(viewer, link, *events) -> Update:
    """What is sent once these events are taken."""
    link.waiting.extend(events)
    turn(viewer)
    return link.updates[-1]


def test_the_cloud_has_every_shown_pixel_with_depth_and_the_panels_their_sizes(viewer, link, shown) -> None:
    update = link.updates[-1]
    assert len(update.cloud.points_m) == np.count_nonzero(shown.frame.depth_m)
    assert update.cloud.capacity == shown.frame.depth_m.size
    assert {name: image.shape[1::-1] for name, image in update.images.items()} == {
        name: size for name, size in SIZES.items() if name != "help"
    }
    assert update.settings["position"] == 3
    assert update.frame_size == (64, 48)
    assert {row.label for row in update.classes} <= set(np.unique(shown.segmentation.labels).tolist())


def test_packed_points_come_out_as_they_went_in(result) -> None:
    frame, segmentation = result()
    for cloud in (CloudMaker()(frame, segmentation.labels), PointCloud(*(np.zeros((0, 3)) for _ in "ab"), np.zeros(0))):
        for plane, whole in zip((cloud.points_m, cloud.colors), contiguous(cloud), strict=True):
            assert np.array_equal(whole, plane)
            assert whole.flags.c_contiguous


def test_only_one_update_is_on_its_way_and_the_newest_wins(viewer, link, result) -> None:
    link.draws = False
    for index in range(5):
        viewer.show(Result(*result(index), PULSE))
        turn(viewer)
    assert len(link.updates) == 1
    link.waiting.append(Drawn(0.1))
    turn(viewer)
    assert [update.settings.get("position") for update in link.updates] == [0, 4]


def test_nothing_is_painted_before_its_time(viewer, link, budget, result) -> None:
    budget.due = False
    viewer.show(Result(*result(), PULSE))
    turn(viewer)
    assert not link.updates


def test_what_the_window_takes_of_the_processor_is_counted_with_what_painting_takes(
    viewer, link, budget, shown
) -> None:
    link.draws = False
    before = len(budget.counted_s)
    happens(viewer, link, Pressed("p"))
    link.waiting.append(Drawn(0.75))
    turn(viewer)
    assert len(budget.counted_s) == before + 1
    assert 0.75 < budget.counted_s[-1] < 1.25


def test_a_software_renderer_gets_fewer_points_and_says_so(context, link, budget, result, monkeypatch) -> None:
    monkeypatch.setattr("app.viewers.three_d.painting.MOST_POINTS_IN_SOFTWARE", 1000)
    for ready, stride in ((Ready("llvmpipe", True), 2), (Ready("a GPU", False), 1)):
        link.sent.clear()
        link.waiting.append(Laid(SIZES, 1.0))
        viewer = ThreeDViewer(context, link, ready, budget)
        viewer.show(Result(*result(), PULSE))
        turn(viewer)
        assert link.updates[-1].cloud.capacity == 64 * 48 / stride**2


def test_a_click_answers_a_drag_measures_and_a_double_click_outlines(viewer, link, shown) -> None:
    bare = link.updates[-1].images["image"]
    at, other = (200, 174), (260, 200)
    clicked = happens(viewer, link, Pointed("down", at), Pointed("up", at)).images["image"]
    dragged = happens(viewer, link, Pointed("down", at), Pointed("move", other), Pointed("up", other)).images["image"]
    outlined = happens(viewer, link, Pointed("down", at, whole=True), Pointed("up", at)).images["image"]
    forgotten = happens(viewer, link, Pointed("forget", at)).images["image"]
    pictures = [bare, clicked, dragged, outlined]
    assert all(not np.array_equal(a, b) for i, a in enumerate(pictures) for b in pictures[:i])
    assert np.array_equal(forgotten, bare)


@pytest.mark.parametrize("at", [(-5, 100), (200, 3), (5000, 5000), (200, 900)])
def test_a_click_outside_the_picture_asks_for_nothing(viewer, link, shown, at) -> None:
    bare = link.updates[-1].images["image"]
    assert np.array_equal(happens(viewer, link, Pointed("down", at), Pointed("up", at)).images["image"], bare)


def test_a_click_on_the_cloud_means_the_pixel_that_is_seen_there(viewer, link, shown) -> None:
    bare = link.updates[-1].images["image"]
    rows, columns = np.nonzero(shown.frame.depth_m)
    camera, place = shown.frame.intrinsics, len(rows) // 2
    ray = np.array([(columns[place] - camera.cx) / camera.fx, (rows[place] - camera.cy) / camera.fy, 1.0])
    in_space = happens(viewer, link, PointedInSpace(np.zeros(3), ray)).images["image"]
    at = (int((columns[place] + 0.5) * 6) + GAP, int((rows[place] + 0.5) * 6) + CAPTION)  # 64 pixels on 384
    on_image = happens(viewer, link, Pointed("down", at), Pointed("up", at)).images["image"]
    assert not np.array_equal(in_space, bare)
    assert np.array_equal(in_space, on_image)


def test_a_point_that_a_smaller_frame_lacks_is_forgotten(viewer, link, shown, result, capsys) -> None:
    happens(viewer, link, Pointed("down", (385, 315)), Pointed("up", (385, 315)))
    frame, segmentation = result(4)
    small = replace(
        frame,
        color=frame.color[:24, :32].copy(),
        depth_m=frame.depth_m[:24, :32].copy(),
        intrinsics=CameraIntrinsics(32, 24, 60, 61, 15, 12),
    )
    cut = replace(
        segmentation,
        labels=segmentation.labels[:24, :32].copy(),
        confidence=segmentation.confidence[:24, :32].copy(),
    )
    viewer.show(Result(small, cut, PULSE))
    turn(viewer)
    assert link.updates[-1].frame_size == (32, 24)
    assert link.updates[-1].cloud.capacity == 32 * 24
    assert "image" in link.updates[-1].images
    assert capsys.readouterr().err == ""


def test_controls_and_keys_change_the_look_and_the_playing(viewer, link, context, shown) -> None:
    settings = happens(
        viewer, link, Chosen("image", "depth"), Chosen("cloud", "colour"), Chosen("opacity", 0.25),
        Chosen("near_m", 1.0), Chosen("far_m", 2.0), Chosen("speed", "1/2"), Chosen("paused", True),
    )  # fmt: skip
    assert (
        settings.settings | {"image": "depth", "cloud": "colour", "opacity": 0.25, "speed": "1/2"} == settings.settings
    )
    z = settings.cloud.points_m[:, 2]
    assert len(z)
    assert z.min() >= 1.0
    assert z.max() <= 2.0
    assert context.controls.paused
    assert context.controls.speed == 0.5
    happens(viewer, link, Pressed(" "), Pressed("p"), Pressed("d"))
    assert not context.controls.paused
    assert not context.controls.uses_depth
    assert link.updates[-1].settings["cloud"] == "class"
    happens(viewer, link, Chosen("far_m", FARTHEST_M), Chosen("near_m", 0.0), Pressed("end"))
    assert context.controls.take_target() == 8
    assert len(link.updates[-1].cloud.points_m) == np.count_nonzero(shown.frame.depth_m)


def test_hidden_classes_leave_the_cloud_and_solo_leaves_one(viewer, link, shown) -> None:
    labels = shown.segmentation.labels[shown.frame.depth_m > 0]
    label, count = int(labels[0]), len(labels)
    of_it = np.count_nonzero(labels == label)
    assert len(happens(viewer, link, Chosen("toggle", label)).cloud.points_m) == count - of_it
    assert len(happens(viewer, link, Chosen("solo", label)).cloud.points_m) == of_it
    assert len(happens(viewer, link, Chosen("all", True)).cloud.points_m) == count


def test_the_camera_view_comes_back_by_key_and_by_button(viewer, link, shown) -> None:
    happens(viewer, link, Pressed("f"), Chosen("reset_view", True))
    assert sum(isinstance(message, ResetView) for message in link.sent) == 2


@pytest.mark.parametrize("event", [Pressed("q"), Pressed("\x1b"), Closed()])
def test_the_user_quits(viewer, link, shown, event) -> None:
    link.waiting.append(event)
    assert not turn(viewer)


def test_help_comes_in_the_clouds_place_and_goes(viewer, link, shown) -> None:
    assert "help" in happens(viewer, link, Pressed("h")).images
    assert "help" not in happens(viewer, link, Pressed("h")).images


def test_everything_of_the_help_fits(viewer) -> None:
    panel = help_panel((497, 662), has_map=True)
    assert (panel[-8:] == panel[-1, -1]).all()
    assert (panel[:, -8:] == panel[-1, -1]).all()


def test_the_map_is_built_when_it_is_shown_and_stands_in_the_clouds_place(context, link, budget, result) -> None:
    made = FakeMap()
    viewer = ThreeDViewer(replace(context, map=made), link, Ready("", False), budget)
    viewer.show(Result(*result(), PULSE))
    turn(viewer)
    live = len(link.updates[-1].cloud.points_m)
    happens(viewer, link, Chosen("shows_map", True))
    assert made.is_on
    assert len(link.updates[-1].cloud.points_m) == live  # no map yet
    made.made = PointCloud(np.ones((5, 3), np.float32), np.full((5, 3), 9, np.uint8), np.full(5, 2, np.uint8))
    assert len(happens(viewer, link, Pressed("f")).cloud.points_m) == 5
    happens(viewer, link, Chosen("cloud", "colour"))
    assert (link.updates[-1].cloud.colors == 9).all()
    assert len(happens(viewer, link, Pressed("g")).cloud.points_m) == live


def test_without_a_map_there_is_no_switch_for_it(context) -> None:
    assert not {"shows_map", "builds_map"} & setup_for(context).switches.keys()
    assert {"shows_map", "builds_map"} <= setup_for(replace(context, map=FakeMap())).switches.keys()


def test_labels_that_go_to_files_are_not_changed_by_hand(context) -> None:
    fixed = replace(context, controls=Controls(fixed_labels=True))
    assert not {"smooth", "uses_depth"} & setup_for(fixed).switches.keys()


@pytest.mark.parametrize("part", ["image", "cloud"])
def test_a_part_that_raises_is_named_once_and_the_others_go_on(viewer, link, result, monkeypatch, capsys, part) -> None:
    def fail(*_):
        raise ValueError("no paint")

    monkeypatch.setattr(f"app.look.Painter.{part}", fail)
    for index in range(3):
        viewer.attend(STREAMING)
        viewer.show(Result(*result(index), PULSE))
        turn(viewer)
    told = capsys.readouterr().err
    assert told.count("no paint") == 1
    update = link.updates[-1]
    assert "status" in update.images
    assert "image" in update.images
    assert (update.cloud is None) == (part == "cloud")


def test_a_part_that_fails_in_the_window_is_told(viewer, link, shown, capsys) -> None:
    happens(viewer, link, Failed("cloud", "RuntimeError: no"))
    assert "the 3d window's cloud cannot be drawn; the rest goes on (RuntimeError: no)" in capsys.readouterr().err


def test_an_untrained_model_and_a_frame_without_depth_are_told_on_the_picture(viewer, link, result) -> None:
    pictures = []
    for empty, trained in ((False, True), (False, False), (True, True)):
        viewer.attend(STREAMING)
        viewer.show(Result(*result(3, empty_depth=empty, trained=trained), PULSE))
        turn(viewer)
        pictures.append(link.updates[-1].images["image"])
    fine, untrained, blind = pictures
    assert not np.array_equal(fine[32:68], untrained[32:68])  # a banner over the top
    assert not np.array_equal(fine[32:68], blind[32:68])
    assert np.array_equal(fine[150:], untrained[150:])
    assert len(link.updates[-1].cloud.points_m) == 0


def test_a_lost_camera_greys_the_picture_and_tells_its_age(viewer, link, shown, monkeypatch) -> None:
    monkeypatch.setattr("app.viewers.three_d.viewer.STALE_S", -1.0)
    turn(viewer, status=SourceStatus("lost", "camera lost: reconnecting", 0.0))
    below = link.updates[-1].images["image"][150:].astype(int)
    assert (below.max(axis=-1) == below.min(axis=-1)).all()
    sent = len(link.updates)
    turn(viewer, 4, status=SourceStatus("lost", "camera lost: reconnecting", 0.0))
    assert len(link.updates) > sent  # its age goes on


def test_before_the_first_frame_it_says_that_it_waits(viewer, link) -> None:
    turn(viewer, 3)
    assert link.updates[-1].cloud is None
    assert "image" in link.updates[-1].images


def test_the_end_is_told_without_a_new_frame(viewer, link, context, shown) -> None:
    before = link.updates[-1].images["status"]
    context.controls._ended = True
    turn(viewer)
    assert not np.array_equal(link.updates[-1].images["status"], before)


def test_the_save_key_writes_picture_mask_and_cloud(viewer, link, shown, tmp_path) -> None:
    happens(viewer, link, Pressed("s"))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".ply", ".png", ".png"]


def test_what_is_saved_is_what_is_seen(viewer, link, shown, result, tmp_path) -> None:
    """A newer result that is not drawn yet is not in the picture, so its mask and cloud would not fit."""
    viewer._is_drawing = True
    viewer.show(Result(*result(4), PULSE))
    happens(viewer, link, Pressed("s"))
    assert all(path.name.split("-")[2].startswith("000003") for path in tmp_path.iterdir())


def test_a_picture_that_cannot_be_read_back_is_put_together(viewer, link, shown) -> None:
    picture = viewer.picture()
    image = link.updates[-1].images["image"]
    assert (picture[32 : 32 + len(image), : image.shape[1]] == image).all()
    assert (picture == 77).all(axis=-1).sum() > 100_000


def test_a_window_that_is_gone_raises_for_the_guard(viewer, link, shown) -> None:
    link.is_gone = True
    with pytest.raises(WindowGoneError, match="has ended"):
        viewer.attend(STREAMING)


def test_a_window_that_has_grown_too_large_is_followed_by_another_like_it(context, link, budget, result) -> None:
    other, pose = FakeLink(), Pose((3, 4, 900, 600), np.eye(4))
    viewer = ThreeDViewer(context, link, Ready("llvmpipe", True), budget, lambda: other)
    viewer.show(Result(*result(), PULSE))
    turn(viewer)
    happens(viewer, link, Chosen("opacity", 0.25), Drawn(1.0, 500.0, pose), Drawn(2.0, 1000.0, pose))
    assert not other.sent
    happens(viewer, link, Drawn(3.0, 2100.0, pose))
    assert [type(message) for message in other.sent] == [Setup]
    assert other.sent[0].pose is pose
    assert other.sent[0].settings["opacity"] == 0.25
    assert not link.is_closed  # until the other stands
    other.waiting.extend([Ready("llvmpipe", True), *other.waiting])
    turn(viewer, 3)
    assert link.is_closed
    assert other.updates[-1].cloud is not None
    viewer.close()
    assert other.is_closed


@pytest.mark.parametrize("frame", [(4, 3), (16, 9), (3, 4), (1, 20), (20, 1)])
@pytest.mark.parametrize("window", [(1280, 720), (1920, 1080), (640, 400), (300, 200)])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_no_panel_covers_another_or_leaves_a_window_of_ordinary_size(window, frame, scale) -> None:
    found = places(window, frame, 400, scale)
    assert all(width > 0 and height > 0 for _, _, width, height in found.values())
    if window[0] < 1000 * scale:
        return
    shown = {name: found[name] for name in ("image", "cloud", "status", "controls", "classes", "header")}
    for name, (left, top, width, height) in shown.items():
        assert left + width <= window[0], name
        assert top + height <= window[1], name
        for other, (x, y, w, h) in shown.items():
            apart = left >= x + w or x >= left + width or top >= y + h or y >= top + height
            assert other == name or apart, (name, other)
    _, _, width, height = found["image"]
    assert width >= (height - (CAPTION + GAP) * scale) * frame[0] / frame[1]  # the picture fits


def test_far_to_the_end_is_without_end(context, viewer) -> None:
    viewer._choices.set("far_m", FARTHEST_M)
    assert viewer._look.far_m == math.inf
    assert Choices(context, viewer._look).settings(None)["far_m"] == FARTHEST_M


# Whether there is a window at all.


@pytest.fixture
def on_a_display(monkeypatch) -> None:
    monkeypatch.setattr(probe, "missing_display", lambda: None)


def test_what_a_3d_window_lacks_is_named_with_its_cure(monkeypatch, on_a_display) -> None:
    monkeypatch.setattr(probe, "lacks_vulkan", lambda: "there is no Vulkan driver")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    assert probe.lacks_for_3d().startswith("there is no Vulkan driver; cure: sudo apt-get install -y mesa-vulkan")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert "rgbd-live[3d]" in probe.lacks_for_3d()
    monkeypatch.setattr(probe.platform, "libc_ver", lambda: ("glibc", "2.31"))
    assert probe.lacks_for_3d().endswith("its wheels need glibc 2.35, and this system has 2.31")


def test_drivers_are_found_where_the_loader_looks(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(vulkan, "_DRIVER_FOLDERS", ())
    monkeypatch.setattr(vulkan, "LOADER", "libc.so.6")
    for name in ("VK_DRIVER_FILES", "VK_ICD_FILENAMES", "XDG_DATA_DIRS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert vulkan.lacks_vulkan() == "there is no Vulkan driver"
    driver = tmp_path / "vulkan" / "icd.d" / "one.json"
    driver.parent.mkdir(parents=True)
    driver.touch()
    assert vulkan.lacks_vulkan() is None
    monkeypatch.setenv("VK_DRIVER_FILES", str(tmp_path / "none.json"))
    assert vulkan.lacks_vulkan() == "there is no Vulkan driver"
    monkeypatch.setattr(vulkan, "LOADER", "libnone.so.1")
    assert vulkan.lacks_vulkan() == "there is no Vulkan loader"


def test_by_itself_a_3d_window_is_not_even_tried_without_a_graphics_device(monkeypatch, on_a_display) -> None:
    monkeypatch.setattr(probe, "may_have_gpu", lambda: False)
    monkeypatch.setattr(probe, "lacks_for_3d", lambda: pytest.fail("asked for nothing"))
    tried = probe.WindowIn3dProbe(only_hardware=True)
    assert isinstance(tried.open(ViewContext(title="", model="", controls=Controls())), str)


def test_without_a_display_it_ends_with_code_5_or_goes_on_for_its_files(
    context, without_display, capsys, tmp_path
) -> None:
    options = LiveOptions(view="3d")
    with pytest.raises(DisplayError, match=r"--view 3d: there is no display.*--view web"):
        choose_viewer(options, start_probe(options), context)
    options = LiveOptions(view="3d", stats=tmp_path / "s.json")
    assert choose_viewer(options, start_probe(options), context).name == "none"
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(("view", "lines"), [("3d", 1), ("auto", 0)])
def test_what_lacks_for_3d_gives_a_plain_window_and_a_line_where_it_was_asked_for(
    context, monkeypatch, capsys, view, lines
) -> None:
    monkeypatch.setattr(probe, "may_have_gpu", lambda: True)
    monkeypatch.setattr(probe, "lacks_for_3d", lambda: "there is no Vulkan driver; cure: x")
    monkeypatch.setattr(plain_probe.WindowProbe, "__init__", lambda self: None)
    monkeypatch.setattr(plain_probe.WindowProbe, "reason", lambda self: None)
    monkeypatch.setattr(plain_probe.WindowProbe, "close", lambda self: None)
    options = LiveOptions(view=view)
    tried = start_probe(options)
    assert choose_viewer(options, tried, context).name == "2d"
    tried.close()
    told = capsys.readouterr().err
    assert told.count("\n") == lines
    assert ("no 3D window, so a plain one: there is no Vulkan driver; cure: x" in told) == (lines == 1)

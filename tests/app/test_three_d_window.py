"""The 3D window itself, on an X server of its own. Software rendering is slow: small frames, few updates."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from own_display import own_display
from PIL import Image
from x_windows import click_close, wait_for_window, xdotool

from app.viewers.three_d.link import Link, WindowGoneError
from app.viewers.three_d.messages import (
    Broken,
    Chosen,
    Closed,
    CloudUpdate,
    Drawn,
    Failed,
    Laid,
    Pointed,
    PointedInSpace,
    Pressed,
    Ready,
    ResetView,
    Setup,
    Update,
)
from app.viewers.three_d.probe import lacks_for_3d
from app.viewers.three_d.window.places import places

pytestmark = pytest.mark.display
WIDTH, HEIGHT = 1280, 720
SETUP = Setup(
    title="rgbd-live · a test",
    choices={"image": ("classes", "depth"), "cloud": ("class",), "palette": ("standard",), "speed": ("1", "2")},
    settings={"image": "classes", "opacity": 0.5, "point_size_px": 3.0},
    switches={"names": "names"},
    frame_count=10,
    seekable=True,
)


class Window:
    """A link with an open window, and the display that it is on."""

    def __init__(self, link: Link, display: str) -> None:
        self.link, self.display, self.seen, self.shade = link, display, [], 0

    def wait_for(self, kind, timeout_s=30.0):
        """The first event of a kind that has not been waited for."""
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            for index, event in enumerate(self.seen):
                if isinstance(event, kind):
                    return self.seen.pop(index)
            self.seen += self.link.events(0.1)
        raise TimeoutError(kind.__name__)

    def update(self, images=None, **parts) -> None:
        """With a header of its own, by which a picture is known to be of this update and not of one before."""
        self.shade = (self.shade + 40) % 250
        header = np.full((32, 1018, 3), self.shade, np.uint8)
        self.link.send(Update(frame_size=(4, 3), images={"header": header, **(images or {})}, **parts))
        self.wait_for(Drawn)

    def cloud(self, color, count=3000, capacity=3000) -> None:
        """A wall of one colour before the camera."""
        side = np.linspace(-0.8, 0.8, max(2, int(np.sqrt(count))), dtype=np.float32)
        x, y = np.meshgrid(side, side)
        points_m = np.stack([x, y, np.full_like(x, 2.0)], axis=-1).reshape(-1, 3)
        colors = np.broadcast_to(np.array(color, np.uint8), points_m.shape).copy()
        cloud = CloudUpdate(points_m=points_m, colors=colors, capacity=capacity, center_m=(0, 0, 2))
        self.update(cloud=cloud, settings={"point_size_px": 6.0})

    def link_memory_mib(self) -> float:
        """What its process holds."""
        self.link.send(Update(frame_size=(4, 3)))
        return self.wait_for(Drawn).memory_mib

    def grab(self) -> np.ndarray:
        return self.link.picture(30).image

    def do(self, *arguments) -> None:
        number = wait_for_window("rgbd-live", self.display)
        xdotool(self.display, *(number if argument == "WINDOW" else str(argument) for argument in arguments))


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with own_display(f"{WIDTH}x{HEIGHT}") as (name, _server):
        yield name


@pytest.fixture(scope="module")
def open_window(display):
    """Opens windows on the display; skips where none can be."""
    before, links = dict(os.environ), []
    os.environ["DISPLAY"] = display
    os.environ.pop("WAYLAND_DISPLAY", None)
    if reason := lacks_for_3d():
        os.environ.clear()
        os.environ.update(before)
        pytest.skip(reason)

    def start() -> Window:
        links.append(Link())
        answer = links[-1].open(SETUP)
        assert isinstance(answer, Ready), answer
        return Window(links[-1], display)

    yield start
    for link in links:
        link.close()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def window(open_window) -> Window:
    return open_window()


def share_of(picture: np.ndarray, color) -> float:
    """Of the cloud's panel."""
    left, top, width, height = places((WIDTH, HEIGHT), (4, 3), 0, 1.0)["cloud"]
    panel = picture[top : top + height, left : left + width].astype(int)
    return float((np.abs(panel - np.array(color)).max(axis=-1) <= 1).mean())


def test_panels_and_points_are_seen_in_just_their_colours(window) -> None:
    sizes = window.wait_for(Laid).sizes
    image = np.random.default_rng(0).integers(0, 256, (sizes["image"][1], sizes["image"][0], 3)).astype(np.uint8)
    window.update(images={"image": image})
    window.cloud((200, 100, 30))
    picture = window.grab()
    assert picture.shape == (HEIGHT, WIDTH, 3)
    left, top, width, height = places((WIDTH, HEIGHT), (4, 3), 0, 1.0)["image"]
    assert np.array_equal(picture[top : top + height, left : left + width], image)
    assert share_of(picture, (200, 100, 30)) > 0.1


def test_fewer_more_and_too_many_points_are_shown_without_a_new_window(window) -> None:
    window.cloud((10, 200, 10))
    full = share_of(window.grab(), (10, 200, 10))
    window.cloud((10, 10, 200), count=30)
    few = window.grab()
    assert 0 < share_of(few, (10, 10, 200)) < full / 4
    assert share_of(few, (10, 200, 10)) == 0  # the points of the update before are gone
    window.cloud((220, 220, 40), count=8000, capacity=8000)  # a frame of another size
    assert share_of(window.grab(), (220, 220, 40)) > full / 2


def test_a_part_that_cannot_be_shown_is_named_once_and_the_others_go_on(window) -> None:
    window.cloud((120, 10, 120))
    broken = CloudUpdate(
        points_m=np.zeros((5, 3), np.float32), colors=np.zeros((4, 3), np.uint8), capacity=5, center_m=(0, 0, 2)
    )
    for shade in (40, 90):
        header = np.full((32, 1018, 3), shade, np.uint8)
        window.update(cloud=broken, images={"header": header})
    assert window.wait_for(Failed).part == "cloud"
    with pytest.raises(TimeoutError):
        window.wait_for(Failed, timeout_s=0.3)
    assert (window.grab()[10, 10] == 90).all()


def test_a_click_beside_everything_hides_nothing(window) -> None:
    window.update()
    for at in ((4, 500), (515, 690), (1017, 40), (1100, 715)):
        window.do(
            "mousemove", "--window", "WINDOW", *at, "sleep", "0.1", "mousedown", "1", "sleep", "0.1", "mouseup", "1"
        )
    window.update()
    assert (window.grab()[10, 10] == window.shade).all()


def test_mouse_and_keys_are_told(window) -> None:
    window.update()
    left, top, _, _ = places((WIDTH, HEIGHT), (4, 3), 0, 1.0)["image"]
    window.do("mousemove", "--window", "WINDOW", left + 30, top + 50, "sleep", "0.2", "mousedown", "1", "sleep", "0.2",
              "mousemove", "--window", "WINDOW", left + 90, top + 80, "sleep", "0.2", "mouseup", "1")  # fmt: skip
    events = []
    while not events or events[-1].kind != "up":
        events.append(window.wait_for(Pointed))
    told = [(event.kind, event.at) for event in events if event.kind != "move"]
    assert told == [("down", (30, 50)), ("up", (90, 80))]
    window.do("key", "n")
    assert window.wait_for(Pressed).key == "n"
    window.do("key", "Right")
    assert window.wait_for(Pressed).key == "right"


def test_a_click_on_the_cloud_is_a_ray_through_what_is_seen_there(window) -> None:
    window.cloud((200, 100, 30))
    picture = window.grab()
    window.seen.clear()
    left, top, width, height = places((WIDTH, HEIGHT), (4, 3), 0, 1.0)["cloud"]
    panel = picture[top : top + height, left : left + width].astype(int)
    rows, columns = np.nonzero(np.abs(panel - (200, 100, 30)).max(axis=-1) <= 1)
    for where in (np.argmin(columns + rows), np.argmax(columns + rows)):  # two corners of the wall
        window.do("mousemove", "--window", "WINDOW", left + columns[where], top + rows[where], "sleep", "0.2",
                  "click", "1")  # fmt: skip
        ray = window.wait_for(PointedInSpace)
        hit = ray.origin_m + ray.direction * (2.0 - ray.origin_m[2]) / ray.direction[2]
        corner = -0.8 if where == np.argmin(columns + rows) else 0.8
        assert hit[:2] == pytest.approx([corner, corner], abs=0.04)


def test_a_control_is_told_and_follows_what_the_program_says(window) -> None:
    window.update()
    window.do("mousemove", "--window", "WINDOW", 1059, 22, "sleep", "0.3", "mousedown", "1", "sleep", "0.3",
              "mouseup", "1")  # fmt: skip
    assert window.wait_for(Chosen) == Chosen("paused", True)
    time.sleep(1.1)  # what a hand has moved is left alone for so long
    pressed = window.grab()[12:32, 1030:1090]
    window.update(settings={"paused": False})
    assert not np.array_equal(window.grab()[12:32, 1030:1090], pressed)


def test_updates_cost_no_more_memory_than_drawing_itself(window) -> None:
    """Mesa 22's software Vulkan loses memory with every drawing, which is why windows are followed by new ones."""

    def growth_mib(update) -> float:
        began_mib = window.link_memory_mib()
        for _ in range(12):
            update()
        return window.link_memory_mib() - began_mib

    def draw() -> None:
        window.link.send(ResetView())
        window.update()

    window.cloud((10, 90, 90), count=8000)
    growth_mib(draw)
    drawing = growth_mib(draw)
    assert growth_mib(lambda: window.cloud((10, 90, 90), count=8000)) < 1.3 * drawing + 15


def test_a_window_that_is_closed_says_so_and_one_that_is_killed_is_missed(open_window, display, window) -> None:
    click_close(wait_for_window("rgbd-live", display), display)
    assert isinstance(window.wait_for(Closed), Closed)
    window.link._process.join(10)
    assert window.link._process.exitcode == 0
    other = open_window()
    os.kill(other.link._process.pid, signal.SIGABRT)
    other.link._process.join(10)
    with pytest.raises(WindowGoneError, match="killed by SIGABRT"):
        other.wait_for(Broken)


def test_a_driver_that_does_not_work_is_a_reason_and_not_an_abort(display, open_window, monkeypatch, tmp_path) -> None:
    driver = tmp_path / "broken.json"
    driver.write_text('{"file_format_version": "1.0.0", "ICD": {"library_path": "/none.so", "api_version": "1.3"}}')
    monkeypatch.setenv("VK_ICD_FILENAMES", str(driver))
    monkeypatch.delenv("VK_DRIVER_FILES", raising=False)
    link = Link()
    answer = link.open(SETUP)
    link.close()
    assert isinstance(answer, Broken)
    assert "no Vulkan driver answers; cure: " in answer.reason
    monkeypatch.delenv("VK_ICD_FILENAMES")
    monkeypatch.setenv("DISPLAY", ":9999")
    link = Link()
    answer = link.open(SETUP)
    link.close()
    assert isinstance(answer, Broken)
    assert "the display does not answer; is DISPLAY=:9999 right?" in answer.reason


# The program.


def test_the_program_shows_saves_its_picture_and_ends(start_program, display, open_window, tmp_path) -> None:
    picture = tmp_path / "3d.png"
    asked = "--model", "none", "--view", "3d", "--max-frames", "3", "--screenshot", picture
    child = start_program(*asked, DISPLAY=display)
    _, errors = child.communicate(timeout=90)
    assert child.returncode == 0, errors
    seen = np.asarray(Image.open(picture))
    assert seen.shape == (HEIGHT, WIDTH, 3)
    left, top, width, height = places((WIDTH, HEIGHT), (4, 3), 0, 1.0)["cloud"]
    assert len(np.unique(seen[top : top + height, left : left + width].reshape(-1, 3), axis=0)) > 50


@pytest.mark.parametrize("how", ["closed", "display lost"])
def test_what_is_written_is_whole_when_the_window_goes(start_program, open_window, tmp_path, how) -> None:
    video = tmp_path / "out.mp4"
    with own_display("1280x720") as (name, server):
        asked = "--model", "none", "--view", "3d", "--save-video", video
        child = start_program(*asked, *(["--loop"] if how == "closed" else ["--max-frames", "40"]), DISPLAY=name)
        number = wait_for_window("rgbd-live", name)
        time.sleep(1)
        if how == "closed":
            click_close(number, name)
        else:
            server.kill()
        _, errors = child.communicate(timeout=60)
    assert child.returncode == 0, errors
    assert "Traceback" not in errors
    assert errors.count("the 3d view failed and is closed") == (how == "display lost")
    reader = cv2.VideoCapture(str(video))
    count = int(reader.get(cv2.CAP_PROP_FRAME_COUNT))
    assert count > 0
    assert how == "closed" or count == 40

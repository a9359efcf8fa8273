"""The window: panels that the program paints, the cloud, and the controls."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from open3d.visualization import gui

from app.viewers.three_d.messages import (
    Chosen,
    Close,
    Closed,
    Drawn,
    Failed,
    FromWindow,
    Laid,
    Picture,
    Pose,
    Pressed,
    ResetView,
    Setup,
    Size,
    TakePicture,
    ToWindow,
    Update,
)
from app.viewers.three_d.window.class_list import ClassList, as_image
from app.viewers.three_d.window.cloud_view import CloudView
from app.viewers.three_d.window.controls_panel import ControlsPanel
from app.viewers.three_d.window.grab import WindowGrabber
from app.viewers.three_d.window.mouse import CloudMouse, PictureMouse
from app.viewers.three_d.window.places import places

SIZE = (1280, 720)
PANELS = ("header", "image", "status", "caption", "help")
COLUMN = (36, 39, 46)
QUIET_S, QUIET_TICKS = 0.002, 4  # processor time of a tick in which nothing is drawn; so many in a row
LONGEST_DRAW_S = 10.0
GRAB_S = 20.0
SAME = 2.0  # mean difference of 255
KEYS = {
    gui.KeyName.SPACE: " ", gui.KeyName.ESCAPE: "\x1b", gui.KeyName.RIGHT: "right", gui.KeyName.LEFT: "left",
    gui.KeyName.HOME: "home", gui.KeyName.END: "end", gui.KeyName.PAGE_UP: "page up",
    gui.KeyName.PAGE_DOWN: "page down",
}  # fmt: skip


class Screen:
    """send: tells the program what happens. For the main thread only."""

    def __init__(self, setup: Setup, send: Callable[[FromWindow], None]) -> None:
        self._send = send
        self._app = gui.Application.instance
        self._app.initialize()
        before = setup.pose
        self._window = self._app.create_window(setup.title, *(SIZE if before is None else _sized(before.place)))
        em = self._window.theme.font_size
        self._panels = {name: gui.ImageWidget() for name in PANELS}
        self._images: dict[str, NDArray[np.uint8]] = {}
        self._frame_size: Size = (4, 3)
        self._cloud = CloudView(self._window.renderer, None if before is None else before.camera)
        self._controls = ControlsPanel(setup, em, self._chosen)
        self._classes = ClassList(em, self._chosen)
        self._failed: set[str] = set()
        self._is_open, self._is_drawing = True, False
        self._sides = [self._controls.widget, self._classes.widget]
        # Nothing may lie over or under another: what is clicked comes to the front.
        for side in self._sides:
            side.background_color = gui.Color(*(channel / 255 for channel in COLUMN))
        for widget in (self._cloud.widget, *self._panels.values(), *self._sides):
            self._window.add_child(widget)
        self._panels["image"].set_on_mouse(PictureMouse(self._panels["image"], send))
        self._cloud.widget.set_on_mouse(CloudMouse(self._cloud, send))
        self._window.set_on_layout(self._lay_out)
        self._window.set_on_key(self._press)
        self._window.set_on_close(self._close)

    def run(self, inbox: queue.SimpleQueue[ToWindow]) -> None:
        """Look after the window until it is to be closed."""
        while self._is_open:
            self._app.run_one_tick()  # waits up to 10 ms for something to happen
            while self._is_open and not inbox.empty():
                self._obey(inbox.get())

    def _obey(self, message: ToWindow) -> None:
        if isinstance(message, Update):
            self._show(message)
            self._draw()
            self._send(Drawn(time.process_time(), memory_mib(), self._pose()))
        elif isinstance(message, ResetView):
            self._cloud.reset()
            self._window.post_redraw()
        elif isinstance(message, TakePicture):
            self._send(self._picture())
        elif isinstance(message, Close):
            self._is_open = False

    def _pose(self) -> Pose:
        frame = self._window.os_frame
        return Pose((frame.x, frame.y, frame.width, frame.height), self._cloud.camera)

    def _show(self, update: Update) -> None:
        if update.frame_size != self._frame_size:
            self._frame_size = update.frame_size
            self._window.set_needs_layout()
        for name, image in update.images.items():
            with self._part(name):
                self._images[name] = image
                self._panels[name].update_image(as_image(image))
        helps = "help" in update.images
        self._panels["help"].visible, self._cloud.widget.visible = helps, not helps
        with self._part("controls"):
            self._controls.set(update.settings)
        with self._part("list of classes"):
            if self._classes.show(update.classes):
                self._window.set_needs_layout()
        with self._part("cloud"):
            self._cloud.set_point_size(update.settings.get("point_size_px", 3.0) * self._window.scaling)
            if update.cloud is not None:
                self._cloud.show(update.cloud)

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        """Whatever fails inside is named once, and the rest goes on."""
        try:
            yield
        except Exception as error:
            if name not in self._failed:
                self._failed.add(name)
                self._send(Failed(name, f"{type(error).__name__}: {error}"))

    def _draw(self) -> None:
        """Let the window draw until it is quiet again: Open3D draws on threads of its own and says nothing."""
        self._window.post_redraw()
        deadline_s, quiet = time.monotonic() + LONGEST_DRAW_S, 0
        while quiet < QUIET_TICKS and time.monotonic() < deadline_s:
            began_s = time.process_time()
            self._app.run_one_tick()
            quiet = quiet + 1 if time.process_time() - began_s < QUIET_S else 0

    def _picture(self) -> Picture:
        """The window as the X server has it; where that cannot be, the cloud alone."""
        image = self._grab()
        return Picture(image) if image is not None else Picture(None, self._render_cloud())

    def _grab(self) -> NDArray[np.uint8] | None:
        size = self._window.size
        try:
            grabber = WindowGrabber()
        except OSError:
            return None
        deadline_s = time.monotonic() + GRAB_S
        while time.monotonic() < deadline_s:
            self._draw()
            image = grabber.grab(size.width, size.height)
            if image is not None and self._is_up_to_date(image):
                return image
        return None

    def _is_up_to_date(self, picture: NDArray[np.uint8]) -> bool:
        """Whether the panels in it are those that were sent last."""
        for name, image in self._images.items():
            frame = self._panels[name].frame
            if not self._panels[name].visible:
                continue
            seen = picture[frame.y : frame.y + frame.height, frame.x : frame.x + frame.width]
            if seen.shape == image.shape and np.abs(seen.astype(np.int16) - image).mean() > SAME:
                return False
        return True

    def _render_cloud(self) -> NDArray[np.uint8]:
        frame = self._cloud.widget.frame
        return np.asarray(self._app.render_to_image(self._cloud.widget.scene, frame.width, frame.height))

    def _lay_out(self, _context: Any) -> None:
        area = self._window.content_rect
        controls = self._controls.widget.calc_preferred_size(_context, gui.Widget.Constraints())
        found = places((area.width, area.height), self._frame_size, controls.height, self._window.scaling)
        widgets = {
            **self._panels,
            "cloud": self._cloud.widget,
            "controls": self._controls.widget,
            "classes": self._classes.widget,
        }
        for name, (left, top, width, height) in found.items():
            widgets[name].frame = gui.Rect(area.x + left, area.y + top, width, height)
        self._send(Laid({name: place[2:] for name, place in found.items()}, self._window.scaling))

    def _chosen(self, chosen: Chosen) -> None:
        self._send(chosen)

    def _press(self, event: Any) -> bool:
        if event.type != gui.KeyEvent.Type.DOWN:
            return False
        key = KEYS.get(event.key) or (chr(event.key) if 32 < event.key < 127 else "")
        if key:
            self._send(Pressed(key))
        return bool(key)

    def _close(self) -> bool:
        self._is_open = False
        self._send(Closed())
        return True


def memory_mib() -> float:
    """What this process holds; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _sized(place: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """As create_window takes it: width, height, left, top."""
    left, top, width, height = place
    return width, height, left, top

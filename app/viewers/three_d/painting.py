"""Results as updates for the window."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from app.cloud import PointCloud
from app.look import Look, Painter
from app.result import Pulse, Result
from app.viewers.context import ViewContext
from app.viewers.shared.classes_seen import ClassesSeen
from app.viewers.shared.map_points import map_points
from app.viewers.shared.picks import Picks
from app.viewers.shared.steering import states
from app.viewers.shared.thinning import thinned
from app.viewers.three_d import paint
from app.viewers.three_d.choices import Choices
from app.viewers.three_d.help import help_panel
from app.viewers.three_d.messages import CloudUpdate, Ready, Size, Update
from app.viewers.three_d.packed import contiguous
from console.say import say
from sensors.source import SourceStatus

logger = logging.getLogger(__name__)
Part = TypeVar("Part")

MOST_POINTS, MOST_POINTS_IN_SOFTWARE = 1_000_000, 80_000
CENTER_M = 2.0  # where the view turns until there is depth
HINT = "h keys   ·   space pause   ·   click, drag or double click the picture   ·   q quit"


class Painting:
    """Paints for a window of known size. sizes: of its panels, by name; none until it is laid out.

    A part that raises is named once and left empty; it is tried again with the next update.
    """

    def __init__(self, context: ViewContext, look: Look, picks: Picks, choices: Choices, ready: Ready) -> None:
        self._context, self._look, self._picks, self._choices = context, look, picks, choices
        self._renderer = renderer_name(ready)
        self._most_points = MOST_POINTS_IN_SOFTWARE if ready.is_software else MOST_POINTS
        self._images, self._clouds = Painter(look), Painter(look)
        self._seen = ClassesSeen(look)
        self._failed: set[str] = set()
        self._points, self._center_m = 0, (0.0, 0.0, CENTER_M)
        self._panels: dict[str, NDArray[np.uint8]] = {}
        self.image: NDArray[np.uint8] | None = None  # the image panel as it was last painted
        self.painted: Result | None = None  # what it shows
        self.sizes: dict[str, Size] = {}
        self.scale = 1.0
        self.helps = False

    def update(self, result: Result | None, status: SourceStatus, message: str, redraws_hz: float) -> Update:
        """Everything for this result; None before the first."""
        cloud = None if result is None else self._try("cloud", lambda: self._cloud(result))
        panels = {
            "caption": self._try("caption", self._caption),
            "help": self._try("help", self._help) if self.helps else None,
            "header": self._try("header", lambda: self._header(result)),
            "image": self._try("picture", lambda: self._image(result, status)),
            "status": self._try("numbers", lambda: self._status(result, status, message, redraws_hz)),
        }
        self._panels = {name: panel for name, panel in panels.items() if panel is not None}
        return Update(
            frame_size=(4, 3) if result is None else _size(result),
            images=self._panels,
            cloud=cloud,
            settings=self._choices.settings(None if result is None else result.frame.index),
            classes=() if result is None else tuple(self._try("list of classes", lambda: self._classes(result)) or ()),
        )

    def pixel_at(self, at: tuple[int, int], result: Result) -> tuple[int, int] | None:
        """The frame's pixel under a point of the image panel; None beside the picture."""
        if "image" not in self.sizes:
            return None
        layout = paint.image_layout(self._unscaled("image"), _size(result), self._look.image)
        return layout.pixel_at(int(at[0] / self.scale), int(at[1] / self.scale))

    def in_cloud(self, result: Result) -> NDArray[np.bool_]:
        """Which pixels are shown in the cloud, where they have a depth."""
        return self._images.in_cloud(result)

    def composed(self, cloud: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
        """The window but for its controls, for want of the whole; cloud: its panel."""
        if cloud is None or not {"header", "image", "status"} <= self._panels.keys():
            return None
        header, image, status = (self._panels[name] for name in ("header", "image", "status"))
        below = header.shape[0] + image.shape[0]
        canvas = np.full((below + status.shape[0], header.shape[1], 3), paint.BACKGROUND, np.uint8)
        under_caption = header.shape[0] + paint.CAPTION
        places = ((header, 0, 0), (image, header.shape[0], 0), (status, below, 0))
        for panel, top, left in (*places, (cloud, under_caption, image.shape[1])):
            room = canvas[top : top + panel.shape[0], left : left + panel.shape[1]]
            room[:] = panel[: room.shape[0], : room.shape[1]]
        return canvas

    def _try(self, part: str, make: Callable[[], Part]) -> Part | None:
        try:
            return make()
        except Exception as error:
            if part not in self._failed:
                self._failed.add(part)
                say(
                    f"the 3d window's {part} cannot be drawn; everything else goes on ({type(error).__name__}: {error})"
                )
                logger.debug("the 3d window's %s failed", part, exc_info=error)
            return None

    def _unscaled(self, panel: str) -> Size:
        width, height = self.sizes[panel]
        return max(1, round(width / self.scale)), max(1, round(height / self.scale))

    def _fit(self, panel: str, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """At the panel's size on this screen."""
        size = self.sizes[panel]
        return image if image.shape[1::-1] == size else np.asarray(cv2.resize(image, size), np.uint8)

    def _header(self, result: Result | None) -> NDArray[np.uint8] | None:
        if "header" not in self.sizes:
            return None
        title = f"{self._context.title}   ·   {self._context.model}"
        numbers = "" if result is None else f"frame {result.frame.index}{self._of_all()}"
        return self._fit("header", paint.header(self._unscaled("header"), title, numbers))

    def _caption(self) -> NDArray[np.uint8] | None:
        """Over the cloud."""
        if "caption" not in self.sizes:
            return None
        kind = self._look.cloud
        of = "map" if self._choices.shows_map else "points"
        scale = kind if kind in ("depth", "confidence") else "colour"
        return self._fit("caption", paint.caption(self._unscaled("caption")[0], f"{of} by {kind}", scale))

    def _help(self) -> NDArray[np.uint8] | None:
        """In the cloud's place."""
        if "help" not in self.sizes:
            return None
        return self._fit("help", help_panel(self._unscaled("help"), has_map=self._context.map is not None))

    def _of_all(self) -> str:
        count = self._context.controls.frame_count
        return "" if count is None else f" of {count - 1}"

    def _image(self, result: Result | None, status: SourceStatus) -> NDArray[np.uint8] | None:
        if "image" not in self.sizes:
            return None
        size = self._unscaled("image")
        if result is None:
            message = status.message if status.state == "lost" else ""
            return self._fit("image", paint.waiting_panel(size, message))
        image = self._try(f"{self._look.image} picture", lambda: self._images.image(self._look.image, result))
        if image is None:
            return self._fit("image", paint.empty_panel(size, f"{self._look.image} cannot be drawn"))
        panel = paint.image_panel(size, image, result, self._look, self._picks)
        if status.state == "lost":
            panel = paint.lost(panel, status, time.monotonic() - status.since_s)
        self.image, self.painted = panel, result
        return self._fit("image", panel)

    def _status(
        self, result: Result | None, status: SourceStatus, message: str, redraws_hz: float
    ) -> NDArray[np.uint8] | None:
        if "status" not in self.sizes:
            return None
        numbers = paint.Numbers(
            pulse=Pulse(0.0, 0.0) if result is None else result.pulse,
            redraws_hz=redraws_hz,
            points=self._points,
            stride=1 if result is None or self._choices.shows_map else self._stride(result),
            renderer=self._renderer,
            states=self._states(result, status, message),
            hint=HINT,
        )
        return self._fit("status", paint.status_panel(self._unscaled("status"), numbers))

    def _states(self, result: Result | None, status: SourceStatus, message: str) -> list[str]:
        told = [message] if message else []
        if status.state == "lost":
            told.append(status.message or "camera lost")
        if result is not None:
            told += states(self._context.controls, self._look, result, at_end=self._at_end())
        if self._choices.shows_map:
            told.append("the map" if self._snapshot() is not None else "no map yet")
        return told

    def _at_end(self) -> str:
        return "home plays again, q quits" if self._context.controls.seekable else "q quits"

    def _classes(self, result: Result) -> list:
        if not len(result.segmentation.classes):
            return []
        return self._seen.rows(result.segmentation, self._images.classes(result.segmentation.classes))

    def _stride(self, result: Result) -> int:
        return int(np.ceil(np.sqrt(result.frame.depth_m.size / self._most_points)))

    def _cloud(self, result: Result) -> CloudUpdate:
        few = thinned(result, self._stride(result))
        made = self._snapshot()
        if made is None:
            cloud = self._clouds.cloud(few)
        else:
            classes = self._images.classes(result.segmentation.classes)
            cloud = map_points(made, classes, self._look, self._most_points)
        self._points = len(cloud)
        if self._center_m[2] == CENTER_M and len(cloud):
            self._center_m = (0.0, 0.0, float(np.median(cloud.points_m[:, 2])))
        points_m, colors = contiguous(cloud)
        return CloudUpdate(
            points_m=points_m,
            colors=colors,
            capacity=few.frame.depth_m.size,
            center_m=self._center_m,
        )

    def _snapshot(self) -> PointCloud | None:
        return self._context.map.snapshot() if self._choices.shows_map and self._context.map is not None else None


def renderer_name(ready: Ready) -> str:
    """What draws, in a few words."""
    return "drawn without a GPU" if ready.is_software else ready.renderer.partition("(")[0].strip()


def _size(result: Result) -> Size:
    height, width = result.frame.depth_m.shape
    return width, height

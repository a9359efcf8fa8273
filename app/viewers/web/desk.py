"""The page, put together: pictures, cloud, list of classes, states, and the answer to a click."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.look import ImageKind, Look, Painter
from app.names import draw_names, find_names
from app.result import Result
from app.viewers.context import ViewContext
from app.viewers.guarded_panels import GuardedPanels
from app.viewers.shared.classes_seen import ClassesSeen
from app.viewers.shared.map_points import map_points
from app.viewers.shared.marks import greyed
from app.viewers.shared.thinning import thinned
from app.viewers.web.asking import Answer, Asking
from app.viewers.web.bindings import Bindings
from app.viewers.web.commands import Commands
from app.viewers.web.marks import draw_marks
from app.viewers.web.panels import NO_IMAGE, LookPanel, PlayingPanel
from app.viewers.web.scene import MAP_POINTS, Scene, point_size_m
from app.viewers.web.wishes import Wishes
from app.viewers.web.words import Effort, answer_html, legend_html, pulse_html, status_html
from console.say import say

LEFT_PX, RIGHT_PX = 360, 300
JPEG_QUALITY = 80
WORDS_S = 0.5  # numbers that change faster than this cannot be read
_BLANK = np.full((120, 160, 3), 60, np.uint8)


@dataclass(slots=True, kw_only=True)
class Chosen:
    """Everything that people choose on the page. saves: somebody has asked to save what is seen."""

    look: Look
    wishes: Wishes = field(default_factory=Wishes)
    asking: Asking = field(default_factory=Asking)


class Desk:
    """Builds the page on a viser server and keeps it up to date. For one thread only, but for what viser calls.

    changed: called when somebody has chosen something. save: called when somebody wants to keep what is seen.
    """

    def __init__(
        self, server: Any, context: ViewContext, chosen: Chosen, changed: Callable[[], None], save: Callable[[], None]
    ) -> None:
        self._context, self._chosen, self._gui = context, chosen, server.gui
        self._pictures, self._clouds = Painter(chosen.look), Painter(chosen.look)
        self._panels = GuardedPanels(self._pictures)
        self._seen = ClassesSeen(chosen.look)
        self.commands = Commands(chosen.look, chosen.asking, context.controls, save)
        self._bindings = Bindings(changed)
        self._next_words_s = 0.0
        self._picture = _BLANK
        with server.atomic():
            self._scene = Scene(server)
            server.gui.configure_theme(dark_mode=True, show_logo=False, show_share_button=False)
            server.gui.set_panel_label("rgbd-live")
            self._build_left()
            self._build_right(save)

    @property
    def picture(self) -> NDArray[np.uint8]:
        """The upper picture as it was last painted, (H, W, 3) uint8 RGB."""
        return self._picture

    def in_cloud(self, result: Result) -> NDArray[np.bool_]:
        """Which pixels (H, W) are shown in the cloud, where they have a depth."""
        return self._pictures.in_cloud(result)

    def paint(self, result: Result, *, is_lost: bool) -> None:
        """Show a result as it is chosen."""
        answer = self._answer_to(result)
        look, second = self._chosen.look, self._chosen.wishes.second
        self._picture = self._paint_picture(self._upper, look.image, result, answer, is_lost=is_lost)
        self._lower.visible = second != NO_IMAGE
        if second != NO_IMAGE:
            self._paint_picture(self._lower, second, result, answer, is_lost=is_lost)  # type: ignore[arg-type]
        self._paint_cloud(result)
        self._scene.show_answer(answer)
        self._answer.content = answer_html(None if answer is None else answer.told)

    def tell(self, result: Result | None, states: list[str], effort: Effort, *, now: bool) -> None:
        """Say how things stand, not more often than can be read but where something was done by hand (now)."""
        if not now and time.monotonic() < self._next_words_s:
            return
        self._next_words_s = time.monotonic() + WORDS_S
        untrained = result is not None and len(result.segmentation.classes) > 0 and not result.segmentation.trained
        pulse = None if result is None else result.pulse
        self._status.content = status_html(self._context.title, self._context.model, pulse, states, untrained=untrained)
        self._pulse.content = pulse_html(pulse, effort)
        self._bindings.follow()
        if result is not None:
            self._playing.follow(result.frame.index)
            classes = self._pictures.classes(result.segmentation.classes)
            self._legend.content = legend_html(self._seen.rows(result.segmentation, classes))

    def _answer_to(self, result: Result) -> Answer | None:
        """To what was clicked; forgets what cannot be answered."""
        try:
            return self._chosen.asking.answer(result)
        except Exception as error:
            self._chosen.asking.forget()
            say(f"what was clicked cannot be answered; everything else goes on ({type(error).__name__}: {error})")
            return None

    def _paint_picture(
        self, panel: Any, kind: ImageKind, result: Result, answer: Answer | None, *, is_lost: bool
    ) -> NDArray[np.uint8]:
        image = self._panels(kind, result)
        if kind == "classes" and self._chosen.look.names:
            draw_names(image, find_names(result.segmentation, self._chosen.look.shows))
        if is_lost:
            image = greyed(image)
        if answer is not None:
            image = draw_marks(image, answer)
        panel.label, panel.image = kind, image
        return image

    def _paint_cloud(self, result: Result) -> None:
        wishes, frame = self._chosen.wishes, result.frame
        stride = wishes.stride(*frame.depth_m.shape[::-1])
        size_m = point_size_m(frame, stride, wishes.point_size)
        made = self._context.map.snapshot() if wishes.shows_map and self._context.map is not None else None
        self._scene.show_sensor(frame)
        if made is not None:
            classes = self._clouds.classes(result.segmentation.classes)
            self._scene.show_map(map_points(made, classes, self._chosen.look, MAP_POINTS), size_m)
        else:
            self._scene.show_cloud(self._clouds.cloud(thinned(result, stride)), size_m)
        self._scene.choose(shows_map=made is not None)  # once the points are there

    def _build_left(self) -> None:
        panel = self._gui.add_panel()
        panel.dock_left()
        panel.set_width(LEFT_PX)
        panel.expand()  # a phone shows it as a section, else closed
        with panel.add_tab("Picture"):
            self._upper = self._gui.add_image(_BLANK, label="waiting for the first frame", jpeg_quality=JPEG_QUALITY)
            self._answer = self._gui.add_html(answer_html(None))
            self._lower = self._gui.add_image(_BLANK, label="depth", jpeg_quality=JPEG_QUALITY)

    def _build_right(self, save: Callable[[], None]) -> None:
        gui, chosen, controls = self._gui, self._chosen, self._context.controls
        gui.main_panel.dock_right()
        gui.main_panel.set_width(RIGHT_PX)
        self._status = gui.add_html(status_html(self._context.title, self._context.model, None, [], untrained=False))
        self._playing = PlayingPanel(gui, controls, self._bindings)
        panel = LookPanel(gui, chosen.look, chosen.wishes, self._bindings)
        panel.add_asking(chosen.asking)
        gui.add_button("Save picture, mask and cloud").on_click(lambda _: save())
        tabs = gui.add_tab_group()
        with tabs.add_tab("Classes"):
            self._legend = gui.add_html(legend_html([]))
        with tabs.add_tab("Look"):
            with gui.add_folder("Picture"):
                panel.add_pictures()
            with gui.add_folder("Cloud"):
                panel.add_cloud(self._context.map)
            with gui.add_folder("Labels"):
                panel.add_labels(controls)
        with tabs.add_tab("Time"):
            self._pulse = gui.add_html(pulse_html(None, Effort(0, 0)))

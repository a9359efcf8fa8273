"""What a key does to the playing and to the look, and what is said about it."""

from __future__ import annotations

from app.controls import FASTEST, SLOWEST, Controls
from app.look import ImageKind, Look
from app.palette import PALETTES
from app.result import Result

Pixel = tuple[int, int]

OPACITY_STEP = 0.1
JUMP = 0.1  # of the recording
JUMP_FRAMES = 30  # where its length is not known
WITH_MODEL: tuple[ImageKind, ...] = ("classes", "confidence", "entropy", "no depth")
WITHOUT_MODEL: tuple[ImageKind, ...] = ("depth", "no depth")


class Steering:
    """do() acts on controls and look, and returns a line for the user, "" where the picture tells it all."""

    def __init__(self, controls: Controls, look: Look) -> None:
        self._controls, self._look = controls, look
        self._sought: int | None = None  # until its frame comes

    def arrived(self) -> None:
        """A result came: from now on seeking counts from it."""
        if not self._controls.is_seeking:
            self._sought = None

    def do(self, action: str, result: Result | None, pixel: Pixel | None) -> str:
        """Do what a key asks for; result: what is shown. pixel: under the pointer, None for none."""
        if action in ("pause", "step"):
            return self._let_pass(action)
        if action in ("back", "first", "last", "far_back", "far_on"):
            return self._seek(action, result)
        if action in ("slower", "faster", "loop"):
            return self._pace(action)
        if action in ("depth", "smooth"):
            return self._relabel(action, result)
        if action in ("hide", "solo", "reset"):
            return self._choose_classes(action, result, pixel)
        return self._change_look(action, result)

    def _let_pass(self, action: str) -> str:
        if action == "step":
            self._controls.step()
        else:
            self._controls.paused = not self._controls.paused
        return ""

    def _seek(self, action: str, result: Result | None) -> str:
        controls = self._controls
        if not controls.seekable:
            return "only recordings can be wound"
        if result is None:
            return ""
        here = result.frame.index if self._sought is None else self._sought
        count = controls.frame_count
        jump = JUMP_FRAMES if count is None else max(1, round(count * JUMP))
        if action == "last" and count is None:
            return "how long this recording is shows at its end"
        last = here + jump if count is None else count - 1
        goals = {"back": here - 1, "first": 0, "last": last, "far_back": here - jump, "far_on": here + jump}
        self._sought = max(0, min(goals[action], last))
        if action == "back":
            controls.paused = True
        controls.seek(self._sought)
        return f"frame {self._sought}" + ("" if count is None else f" of {count}")

    def _pace(self, action: str) -> str:
        controls = self._controls
        if not controls.seekable:
            return "only recordings have a speed and an end"
        if action == "loop":
            controls.loops = not controls.loops
            return "begins again at the end" if controls.loops else "stops at the end"
        controls.speed *= 0.5 if action == "slower" else 2
        limit = {SLOWEST: ", no slower", FASTEST: ", no faster"}.get(controls.speed, "")
        return f"speed {controls.speed:g}{limit}"

    def _relabel(self, action: str, result: Result | None) -> str:
        controls = self._controls
        if result is not None and not len(result.segmentation.classes):
            return "there is no model, so there are no labels"
        if controls.fixed_labels:
            return "labels go to files, which stay as they were begun"
        if action == "depth":
            controls.uses_depth = not controls.uses_depth
            said = "labels with depth" if controls.uses_depth else "labels without depth"
        else:
            controls.smooth = not controls.smooth
            said = "labels steadied over time" if controls.smooth else "labels of each frame alone"
        if controls.paused and result is not None and controls.seekable:
            controls.seek(result.frame.index)  # so that it shows
        return said

    def _choose_classes(self, action: str, result: Result | None, pixel: Pixel | None) -> str:
        look = self._look
        if action == "reset":
            look.show_all()
            return "all classes are shown"
        if result is None or pixel is None:
            return "point at a class first"
        label = int(result.segmentation.labels[pixel[1], pixel[0]])
        name = result.segmentation.classes.names[label]
        if label == 0:
            return "there is no class here"
        if action == "solo":
            look.toggle_solo(label)
            return f"only {name}" if look.solo else "not only one class any more"
        look.toggle(label)
        return f"{name} is hidden; r shows all" if label in look.hidden else f"{name} is shown"

    def _change_look(self, action: str, result: Result | None) -> str:
        look = self._look
        has_model = result is None or len(result.segmentation.classes) > 0
        if action == "view":
            kinds = WITH_MODEL if has_model else WITHOUT_MODEL
            look.image = kinds[(kinds.index(look.image) + 1) % len(kinds)] if look.image in kinds else kinds[-1]
            return ""
        if not has_model:
            return "there is no model, so there are no classes"
        if action in ("stronger", "weaker"):
            step = OPACITY_STEP if action == "stronger" else -OPACITY_STEP
            look.opacity = round(min(max(look.opacity + step, 0.0), 1.0), 2)
            return f"classes {look.opacity:.0%}"
        if action == "colours":
            look.palette = PALETTES[(PALETTES.index(look.palette) + 1) % len(PALETTES)]
            return f"{look.palette} colours"
        look.names = not look.names
        return ""


def states(controls: Controls, look: Look, result: Result, *, at_end: str) -> list[str]:
    """All that is not as usual, in words for the status line; at_end: what can be done there."""
    names, pulse = result.segmentation.classes.names, result.pulse
    told = {
        f"the end: {at_end}": controls.ended,
        "paused": controls.paused and not controls.ended,
        "labels without depth": pulse.without_depth,
        "labels steadied": pulse.smoothed,
        f"speed {controls.speed:g}": controls.speed != 1,
        "loops": controls.loops,
        f"only {names[look.solo] if look.solo is not None and look.solo < len(names) else ''}": look.solo is not None,
        f"{len(look.hidden)} hidden": bool(look.hidden) and look.solo is None,
    }
    return [state for state, is_so in told.items() if is_so]

"""What smooth surfaces throw back without tracing the room: lamps, windows, a sheen at grazing angles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.light.lights import Pane
from sensors.rooms.paint import OUTSIDE_GAIN, Paint
from sensors.rooms.scene import Scene
from sensors.rooms.vectors import dot, unit

Array = NDArray[np.floating]


def highlight(gloss: Array, normal: Array, light: Array, eye: Array, radius_m: float) -> Array:
    """A lamp's reflection (N,) for unit directions towards light and eye (3, N); wide where gloss (N,) is low."""
    alignment = np.maximum(dot(unit(light + eye), normal), 0)
    sharpness = 12 + 240 * gloss * gloss / (1 + 4 * np.float32(radius_m))
    return gloss * (0.25 + 0.02 * sharpness) * alignment**sharpness


def glints(panes: tuple[Pane, ...], sky: Array, gloss: Array, normal: Array, point_m: Array, eye: Array) -> Array:
    """The windows' reflections (3, N) on floors and table tops; blurred where gloss (N,) is low."""
    facing = np.clip(dot(eye, normal), 0, 1)
    mirrored = 2 * facing * normal - eye
    amount = np.zeros_like(gloss)
    for pane in panes[:2]:
        amount += pane.passed(point_m, mirrored, 0.25) * (dot(pane.normal, mirrored) < 0)
    share = gloss * (np.float32(0.08) + np.float32(0.7) * (1 - facing) ** 4)
    return np.float32(0.5 * OUTSIDE_GAIN) * sky[:, None] * (share * amount)


def sheen(scene: Scene, paint: Paint, openness: Array, eye: Array) -> Array:
    """The rest of the room (3, N) as glossy surfaces show it at grazing angles: an even grey."""
    grazing = (1 - np.clip(dot(eye, paint.normal), 0, 1)) ** 4
    ambient = np.asarray(scene.ambient, np.float32)[:, None]
    return ambient * (paint.gloss * (0.04 + 0.4 * grazing) * openness)

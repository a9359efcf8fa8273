"""Panels that may fail one by one."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from app.look import ImageKind, Painter
from app.picture import PANEL_BACK
from app.result import Result
from app.text import RED, draw_banner
from console.say import say

logger = logging.getLogger(__name__)


class GuardedPanels:
    """Paints; a kind that raises is named once and shown as an empty panel, tried again with the next result."""

    def __init__(self, painter: Painter) -> None:
        self._painter = painter
        self._failed: set[ImageKind] = set()

    def __call__(self, kind: ImageKind, result: Result) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB."""
        try:
            return self._painter.image(kind, result)
        except Exception as error:
            if kind not in self._failed:
                self._failed.add(kind)
                say(f"the {kind} panel cannot be drawn; everything else goes on ({type(error).__name__}: {error})")
                logger.debug("the %s panel failed", kind, exc_info=error)
        empty = np.full_like(result.frame.color, PANEL_BACK)
        draw_banner(empty, f"{kind} cannot be drawn", color=RED)
        return empty

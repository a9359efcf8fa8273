"""An engine that labels nothing, at once; in a module of its own, so that another process can import it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from segmentation.engines.isolated.recipe import Recipe


class NothingEngine:
    """Gives void."""

    name, device_name, precision = "nothing", "cpu", "none"

    def run(self, color: Any, depth_m: Any, focal_px: Any) -> Any:
        """Void of the frame's size."""
        from segmentation.engines.engine import EngineResult

        return EngineResult(np.zeros(depth_m.shape, np.uint8), np.zeros(depth_m.shape, np.float16), 0, 0, 0)


@dataclass(frozen=True, slots=True)
class NothingRecipe(Recipe):
    """Makes it."""

    def __call__(self) -> Any:
        """See Recipe."""
        return NothingEngine(), "measured"

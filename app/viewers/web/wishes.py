"""What a visitor may choose that only the browser view has."""

from __future__ import annotations

from dataclasses import dataclass

from app.viewers.web.scene import usual_stride

USUAL_DENSITY = "about 100,000"
DENSITIES: dict[str, int | None] = {
    USUAL_DENSITY: None,
    "every pixel": 1,
    "every 2nd row and column": 2,
    "every 3rd": 3,
    "every 4th": 4,
    "every 6th": 6,
}


@dataclass(slots=True)
class Wishes:
    """second: the picture below the first, "none" for none. point_size: 1 is as far apart as the points are.

    density: one of DENSITIES. shows_map: the map in place of the frame's cloud.
    """

    second: str = "depth"
    point_size: float = 1.5
    density: str = USUAL_DENSITY
    shows_map: bool = False

    def stride(self, width: int, height: int) -> int:
        """Every so many pixels a point; by itself as many as a usual link carries."""
        return DENSITIES[self.density] or usual_stride(width, height)

"""Where things are on the window's picture."""

from __future__ import annotations

from dataclasses import dataclass

from app.look import ImageKind

MARGIN = 14
HEADER = 40
CAPTION = 24
LEGEND_ROW, LEGEND_ROWS = 24, 2
STATUS = 30
AROUND = HEADER + CAPTION + MARGIN + LEGEND_ROWS * LEGEND_ROW + STATUS  # all that is above and below the panels
USUAL_ROOM = (1272, 680)  # fits a 1280x720 screen with a title bar
WIDEST_PANEL, NARROWEST_PANEL, SMALLEST_ENLARGED = 480, 200, 320


@dataclass(frozen=True, slots=True)
class Layout:
    """What the panels show, their left edges, top edge and size, the frame's and the canvas's (width, height); px."""

    panels: tuple[ImageKind, ...]
    lefts: tuple[int, ...]
    top: int
    size: tuple[int, int]
    frame_size: tuple[int, int]
    canvas_size: tuple[int, int]

    def pixel_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The frame's pixel under canvas point (x, y); None beside the panels."""
        for left in self.lefts:
            if left <= x < left + self.size[0] and self.top <= y < self.top + self.size[1]:
                scale_x, scale_y = (frame / panel for frame, panel in zip(self.frame_size, self.size, strict=True))
                return int((x - left + 0.5) * scale_x), int((y - self.top + 0.5) * scale_y)
        return None

    def canvas_points(self, pixel: tuple[float, float]) -> list[tuple[int, int]]:
        """Where the frame's pixel is on each panel."""
        x = int((pixel[0] + 0.5) * self.size[0] / self.frame_size[0])
        y = int((pixel[1] + 0.5) * self.size[1] / self.frame_size[1])
        return [(left + x, self.top + y) for left in self.lefts]

    @property
    def asked(self) -> int:
        """Which panel carries the answers to clicks: that beside the depth."""
        return max(0, len(self.panels) - 2)


def layout_for(
    frame_size: tuple[int, int], panels: tuple[ImageKind, ...], room: tuple[int, int] | None = None
) -> Layout:
    """Panels side by side, as large as there is room.

    frame_size, room: width and height. Without a room the canvas is one that fits every screen; else it has the room's
    size, or where that is too small to be read, its shape.
    """
    width, height = frame_size
    gaps = MARGIN * (len(panels) + 1)
    most = ((room or USUAL_ROOM)[0] - gaps) // len(panels), (room or USUAL_ROOM)[1] - AROUND
    widest = most[0] if room else min(most[0], WIDEST_PANEL, max(width, SMALLEST_ENLARGED))
    panel_width = max(NARROWEST_PANEL, min(widest, most[1] * width // height))
    size = (panel_width, max(1, round(height * panel_width / width)))
    needed = len(panels) * panel_width + gaps, size[1] + AROUND
    canvas_size = needed if room is None else _at_least(room, needed)
    first = MARGIN + (canvas_size[0] - needed[0]) // 2
    lefts = tuple(first + index * (panel_width + MARGIN) for index in range(len(panels)))
    return Layout(panels, lefts, HEADER + CAPTION, size, frame_size, canvas_size)


def _at_least(room: tuple[int, int], needed: tuple[int, int]) -> tuple[int, int]:
    """The room, enlarged in both directions alike until what is needed fits."""
    times = max(1.0, needed[0] / room[0], needed[1] / room[1])
    return max(needed[0], round(room[0] * times)), max(needed[1], round(room[1] * times))

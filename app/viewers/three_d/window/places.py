"""Where things are in the window."""

from __future__ import annotations

from app.viewers.three_d.messages import Size

Place = tuple[int, int, int, int]  # left, top, width, height; pixels

COLUMN, HEADER, CAPTION, GAP = 262, 32, 32, 8  # pixels of an ordinary screen; Open3D draws no panel lower than 32
LEFT_SHARE = 0.5  # of what the column of controls leaves, for the picture
TALLEST_SHARE = 0.62  # of the height, for the picture
LEAST_STATUS, NARROWEST_STATUS = 200, 400


def places(window: Size, frame: Size, controls_height: int, scale: float) -> dict[str, Place]:
    """header over image and cloud, status below both; controls and classes in a column at the right.

    window, frame: width and height. scale: pixels of this screen per pixel of an ordinary one.
    """
    column, header, caption, gap = (round(size * scale) for size in (COLUMN, HEADER, CAPTION, GAP))
    width, height = max(1, window[0] - column), window[1]
    image_width = max(1, round((width - 3 * gap) * LEFT_SHARE))
    tallest = max(1, min(round(height * TALLEST_SHARE), height - header - round(LEAST_STATUS * scale)) - caption)
    picture_height = max(1, round(image_width * frame[1] / frame[0]))
    if picture_height > tallest:
        image_width, picture_height = max(1, round(tallest * frame[0] / frame[1])), tallest
    top, image_height = header, caption + picture_height
    left_width = max(image_width, min(round(NARROWEST_STATUS * scale), width // 2))
    cloud_left = 2 * gap + left_width
    cloud_width = max(1, width - cloud_left - gap)
    status_top = top + image_height + gap
    controls_height = min(controls_height, height)
    return {
        "ground": (0, 0, width, height),
        "header": (0, 0, width, header),
        "image": (gap, top, image_width, image_height),
        "caption": (cloud_left, top, cloud_width, caption),
        "help": (cloud_left, top + caption, cloud_width, max(1, height - top - caption)),
        "cloud": (cloud_left, top + caption, cloud_width, max(1, height - top - caption)),
        "status": (gap, status_top, left_width, max(1, height - status_top - gap)),
        "column": (width, 0, column, height),
        "controls": (width, 0, column, controls_height),
        "classes": (width, controls_height, column, max(1, height - controls_height)),
    }

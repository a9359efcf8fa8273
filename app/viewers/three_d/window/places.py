"""Where things are in the window."""

from __future__ import annotations

from app.viewers.three_d.messages import Size

Place = tuple[int, int, int, int]  # left, top, width, height; pixels

COLUMN, HEADER, CAPTION, GAP = 262, 32, 32, 8  # pixels of an ordinary screen; Open3D draws no panel lower than 32
LEFT_SHARE = 0.5  # of what the column of controls leaves, for the picture
TALLEST_SHARE = 0.62  # of the height, for the picture
LEAST_STATUS, NARROWEST_STATUS = 200, 400


def places(window: Size, frame: Size, controls_height: int, scale: float) -> dict[str, Place]:
    """header over image and cloud, status below the image; controls and classes in a column at the right.

    They fill the window and none lies over another, but for help, which is shown in place of the cloud.
    window, frame: width and height. scale: pixels of this screen per pixel of an ordinary one.
    """
    column, header, caption, gap = (round(size * scale) for size in (COLUMN, HEADER, CAPTION, GAP))
    width, height = max(1, window[0] - column), window[1]
    image_width = max(1, round((width - 3 * gap) * LEFT_SHARE))
    tallest = max(1, min(round(height * TALLEST_SHARE), height - header - round(LEAST_STATUS * scale)) - caption)
    picture_height = max(1, round(image_width * frame[1] / frame[0]))
    if picture_height > tallest:
        image_width, picture_height = max(1, round(tallest * frame[0] / frame[1])), tallest
    left_width = max(image_width, min(round(NARROWEST_STATUS * scale), width // 2)) + 2 * gap
    image_height = caption + picture_height + gap
    top, status_top = header, header + image_height
    cloud_width = max(1, width - left_width)
    controls_height = min(controls_height, height)
    return {
        "header": (0, 0, width, header),
        "image": (0, top, left_width, image_height),
        "caption": (left_width, top, cloud_width, caption),
        "help": (left_width, top + caption, cloud_width, max(1, height - top - caption)),
        "cloud": (left_width, top + caption, cloud_width, max(1, height - top - caption)),
        "status": (0, status_top, left_width, max(1, height - status_top)),
        "controls": (width, 0, column, controls_height),
        "classes": (width, controls_height, column, max(1, height - controls_height)),
    }

"""Answers to clicks, drawn on the picture; and the picture of a lost camera."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from app.layout import Layout
from app.query import Box, DistanceAnswer, PixelAnswer, RegionAnswer, query_distance, query_pixel, query_region
from app.result import Result
from app.text import AMBER, WHITE, Color, draw_box, draw_text, text_width
from app.viewers.shared.picks import Picks
from sensors.distortion import distort
from sensors.geometry import CameraIntrinsics

SIZE = 14
ROW = 20


def draw_picked(picture: NDArray[np.uint8], layout: Layout, result: Result, picks: Picks) -> None:
    """The answer to what was picked, on every panel."""
    frame, segmentation = result.frame, result.segmentation
    if picks.point is not None:
        draw_pixel(picture, layout, query_pixel(frame, segmentation, *picks.point))
    if picks.line is not None:
        draw_distance(picture, layout, query_distance(frame, *picks.line))
    if picks.thing is not None:
        draw_region(picture, layout, query_region(frame, segmentation, *picks.thing), frame.intrinsics)


def greyed(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same without colour and darker: of a camera that is lost. (H, W, 3) uint8 RGB."""
    grey = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) * 0.55).astype(np.uint8)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)


def pixel_lines(answer: PixelAnswer) -> list[str]:
    """A pixel's answer in words: what, and where."""
    second = answer.runner_up
    what = f"{answer.class_name}   {answer.confidence:.0%}" if answer.class_name != "void" else "no class"
    if second is not None and answer.class_name != "void":
        what += f"   else {second.class_name} {second.probability:.0%}"
    if answer.xyz_m is None:
        return [what, "no depth here"]
    x, y, z = answer.xyz_m
    return [what, f"{answer.depth_m:.2f} m   x {x:+.2f}  y {y:+.2f}  z {z:.2f} m"]


def distance_line(answer: DistanceAnswer) -> str:
    """A distance in words."""
    if answer.distance_m is not None:
        return f"{answer.distance_m:.3f} m"
    missing = [end for end, place in (("start", answer.first_m), ("end", answer.second_m)) if place is None]
    return f"no depth at the {' and the '.join(missing)}"


def region_lines(answer: RegionAnswer) -> list[str]:
    """A thing's answer in words: what, how large, and where."""
    lines = [f"{answer.class_name}   {answer.confidence:.0%}" if answer.class_name != "void" else "no class"]
    if answer.area_m2 is None or answer.box is None or answer.centroid_m is None:
        return [*lines, f"no depth in its {answer.pixel_count} pixels"]
    x, y, z = answer.centroid_m
    long, wide, thick = answer.box.size_m
    return [
        *lines,
        f"{answer.area_m2:.2f} m2 are seen   box {long:.2f} x {wide:.2f} x {thick:.2f} m",
        f"middle x {x:+.2f}  y {y:+.2f}  z {z:.2f} m   depth in {answer.depth_share:.0%}",
    ]


def draw_pixel(picture: NDArray[np.uint8], layout: Layout, answer: PixelAnswer) -> None:
    """A cross at the pixel on every panel, and the answer beside it."""
    points = layout.canvas_points(answer.at)
    for point in points:
        _draw_cross(picture, point)
    _draw_words(picture, layout, points[layout.asked], pixel_lines(answer))


def draw_distance(picture: NDArray[np.uint8], layout: Layout, answer: DistanceAnswer) -> None:
    """The line on every panel, and its length beside its end."""
    ends = layout.canvas_points(answer.first), layout.canvas_points(answer.second)
    color = WHITE if answer.distance_m is not None else AMBER
    for first, second in zip(*ends, strict=True):
        for shade, thickness in (((0, 0, 0), 4), (color, 2)):
            cv2.line(picture, first, second, shade, thickness, cv2.LINE_AA)
        _draw_cross(picture, first)
        _draw_cross(picture, second)
    _draw_words(picture, layout, ends[1][layout.asked], [distance_line(answer)])


def draw_region(picture: NDArray[np.uint8], layout: Layout, answer: RegionAnswer, camera: CameraIntrinsics) -> None:
    """The thing's outline and its box on every panel, and the answer beside where it was clicked."""
    outlines, _ = cv2.findContours(answer.pixels.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    box = [] if answer.box is None else box_lines_px(answer.box, camera)
    for panel, left in enumerate(layout.lefts):
        view = picture[layout.top : layout.top + layout.size[1], left : left + layout.size[0]]
        scale = np.divide(layout.size, layout.frame_size)
        shapes = [np.rint((outline + 0.5) * scale).astype(np.int32) for outline in outlines]
        for shade, thickness in (((0, 0, 0), 3), (WHITE, 1)):
            cv2.polylines(view, shapes, True, shade, thickness, cv2.LINE_AA)
        if panel == layout.asked:
            lines = [np.rint((line + 0.5) * scale).astype(np.int32) for line in box]
            cv2.polylines(view, lines, False, AMBER, 1, cv2.LINE_AA)
    points = layout.canvas_points(answer.at)
    _draw_words(picture, layout, points[layout.asked], region_lines(answer))


def box_lines_px(box: Box, camera: CameraIntrinsics) -> list[NDArray[np.float64]]:
    """The box's edges in the image, each (2, 2) of x and y; those that reach behind the camera are left out."""
    edges_m = box.edges_m()
    x_m, y_m, z_m = np.moveaxis(edges_m[(edges_m[..., 2] > 0.05).all(axis=1)], -1, 0)
    x, y = distort(x_m / z_m, y_m / z_m, camera)
    return list(np.stack([x * camera.fx + camera.cx, y * camera.fy + camera.cy], axis=-1).clip(-1e4, 1e4))


def _draw_cross(picture: NDArray[np.uint8], point: tuple[int, int]) -> None:
    for color, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.drawMarker(picture, point, color, cv2.MARKER_CROSS, 17, thickness, cv2.LINE_AA)


def _draw_words(
    picture: NDArray[np.uint8], layout: Layout, at: tuple[int, int], lines: Sequence[str], color: Color = WHITE
) -> None:
    """Lines in a box beside a point, above it where there is room; never cut off at the side."""
    width = max(text_width(line, SIZE) for line in lines) + 16
    height = ROW * len(lines) + 6
    left = int(np.clip(at[0] + 14, 4, max(4, picture.shape[1] - width - 4)))
    top = at[1] - height - 10 if at[1] - height - 10 > layout.top else at[1] + 12
    draw_box(picture, left, top, left + width, top + height, shade=0.2)
    for row, line in enumerate(lines):
        draw_text(picture, line, (left + 8, top + 3 + ROW * row), size=SIZE, color=color)

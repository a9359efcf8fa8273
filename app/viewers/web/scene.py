"""The cloud in the browser: points, the camera that sees them, what was clicked, and the map."""

from __future__ import annotations

import math
from dataclasses import astuple
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.cloud import PointCloud
from app.viewers.web.asking import Answer
from sensors.frames import Frame

MOST_POINTS = 120_000  # what is sent unless asked for more: about 1 MB
MAP_POINTS = 200_000
SPACING_AT_M = 2.5  # points cover their pixel at this distance
BEFORE_POINTS = 0.985  # of the distance: what is marked on a surface is seen before its points
_SENSOR_COLOR, _MARK_COLOR = (150, 160, 175), (255, 255, 255)


class Scene:
    """Keeps viser's scene up to date. For one thread only."""

    def __init__(self, server: Any) -> None:
        self._server = server
        scene = server.scene
        scene.set_up_direction("-y")  # the camera's y points down
        scene.world_axes.visible = False
        server.initial_camera.position = (0.0, -0.35, -0.6)
        server.initial_camera.look_at = (0.0, 0.0, 2.0)
        server.initial_camera.fov = math.radians(65)
        server.initial_camera.up = (0.0, -1.0, 0.0)
        nothing = np.zeros((0, 3), np.float32)
        looks = {"point_shape": "square", "point_shading": "flat", "point_size": 0.01}
        self._cloud = scene.add_point_cloud("/cloud", nothing, nothing.astype(np.uint8), **looks)
        self._map = scene.add_point_cloud("/map", nothing, nothing.astype(np.uint8), visible=False, **looks)
        self._sensor: Any = None
        self._sensor_of: tuple[object, ...] = ()
        self._edges: Any = None
        self._places: list[Any] = []

    def show_cloud(self, cloud: PointCloud, point_size_m: float) -> None:
        """Replace the points."""
        self._put(self._cloud, cloud.points_m, cloud.colors, point_size_m)

    def show_map(self, cloud: PointCloud, point_size_m: float) -> None:
        """Replace the map's points."""
        self._put(self._map, cloud.points_m, cloud.colors, point_size_m)

    def choose(self, *, shows_map: bool) -> None:
        """Show the map in place of the live cloud, or the other way round."""
        self._map.visible, self._cloud.visible = shows_map, not shows_map

    def show_sensor(self, frame: Frame) -> None:
        """A small pyramid where the camera is, with its field of view."""
        camera = frame.intrinsics
        if astuple(camera) == self._sensor_of:
            return
        self._sensor_of = astuple(camera)
        self._sensor = self._server.scene.add_camera_frustum(
            "/sensor",
            fov=2 * math.atan(camera.height / 2 / camera.fy),
            aspect=camera.width / camera.fx * camera.fy / camera.height,
            scale=0.04,
            thickness=1.5,
            thickness_units="screen",
            color=_SENSOR_COLOR,
        )

    def show_answer(self, answer: Answer | None) -> None:
        """Mark what was clicked."""
        for mark in (self._edges, *self._places):
            if mark is not None:
                mark.remove()
        self._edges, self._places = None, []
        if answer is None:
            return
        scene = self._server.scene
        if len(answer.edges_m):
            colors = np.broadcast_to(np.array(_MARK_COLOR, np.uint8), answer.edges_m.shape)
            self._edges = scene.add_line_segments(
                "/asked/lines", BEFORE_POINTS * answer.edges_m, colors, thickness=3.0, thickness_units="screen"
            )
        self._places = [
            scene.add_icosphere(
                f"/asked/{index}", radius=0.008 * place[2], color=_MARK_COLOR, position=BEFORE_POINTS * np.array(place)
            )
            for index, place in enumerate(answer.places_m)
        ]

    def _put(self, handle: Any, points_m: NDArray[np.float32], colors: NDArray[np.uint8], size_m: float) -> None:
        with self._server.atomic():  # points of one frame never wear the colours of another
            handle.points, handle.colors, handle.point_size = points_m, np.ascontiguousarray(colors), size_m


def usual_stride(width: int, height: int) -> int:
    """Every so many pixels a point, so that they are not more than MOST_POINTS."""
    return math.ceil(math.sqrt(width * height / MOST_POINTS))


def point_size_m(frame: Frame, stride: int, factor: float) -> float:
    """How large points are drawn; factor 1: they just touch at SPACING_AT_M."""
    return factor * stride * SPACING_AT_M / frame.intrinsics.fx

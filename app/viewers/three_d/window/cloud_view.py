"""The live cloud: one cloud in memory that is made once, and filled anew with every update."""

from __future__ import annotations

from typing import Any

import numpy as np
import open3d as o3d
from numpy.typing import NDArray
from open3d.visualization import gui, rendering

from app.viewers.three_d.messages import CloudUpdate

NAME = "cloud"
BACKGROUND = (0.33, 0.345, 0.38, 1.0)  # what the renderer makes of it is the panels' own ground
FIELD_OF_VIEW_DEG = 62.0
ROOM_M = 6.0  # half the side of the cube that can be seen
UPDATES = rendering.Scene.UPDATE_POINTS_FLAG | rendering.Scene.UPDATE_COLORS_FLAG


class CloudView:
    """A SceneWidget with points that are painted in just the colours they have.

    camera: (4, 4), where to look from at first; None: from where the camera is.
    """

    def __init__(self, renderer: Any, camera: NDArray[np.floating] | None = None) -> None:
        self.widget = gui.SceneWidget()
        self._scene = rendering.Open3DScene(renderer)
        self.widget.scene = self._scene
        self._scene.set_background(BACKGROUND)
        view = self._scene.view
        view.set_post_processing(False)  # tone mapping would make the colours pale
        view.set_antialiasing(False)
        view.set_shadowing(False)
        self.widget.enable_scene_caching(True)  # panels change more often than the cloud
        self._material = rendering.MaterialRecord()
        self._material.shader = "defaultUnlit"
        self._cloud: Any = None
        self._first_camera = camera
        self._points_m = self._colors = np.empty((0, 3), np.float32)
        self._center_m = np.array([0.0, 0.0, 2.0])

    @property
    def capacity(self) -> int:
        """How many points there is room for."""
        return len(self._points_m)

    @property
    def camera(self) -> NDArray[np.floating]:
        """Where it looks from, (4, 4)."""
        return np.array(self._scene.camera.get_model_matrix())

    def show(self, update: CloudUpdate) -> None:
        """Replace the points; makes a new cloud only where they do not fit."""
        count = len(update.points_m)
        if max(count, update.capacity) > self.capacity:
            self._make(max(count, update.capacity), np.array(update.center_m))
        self._points_m[:count] = update.points_m
        self._points_m[count:] = np.nan  # drawn nowhere; fewer points than there were would crash Open3D 0.20
        np.multiply(update.colors, np.float32(1 / 255), out=self._colors[:count])
        self._scene.scene.update_geometry(NAME, self._cloud, UPDATES)
        self.widget.force_redraw()

    def set_point_size(self, size_px: float) -> None:
        """How large points are drawn."""
        if size_px == self._material.point_size:
            return
        self._material.point_size = size_px
        if self._cloud is not None:
            self._scene.modify_geometry_material(NAME, self._material)
            self.widget.force_redraw()

    def reset(self) -> None:
        """Look from a little behind and above where the camera is."""
        bounds = o3d.geometry.AxisAlignedBoundingBox(self._center_m - ROOM_M, self._center_m + ROOM_M)
        self.widget.setup_camera(FIELD_OF_VIEW_DEG, bounds, self._center_m)
        ahead, up = self._center_m, np.array([0.0, -1.0, 0.0])
        eye = np.array([0.12, -0.16, -0.22]) * self._center_m[2]
        if self._first_camera is not None:
            right_up_back, eye = self._first_camera[:3, :3], self._first_camera[:3, 3]
            ahead, up = eye - right_up_back[:, 2], right_up_back[:, 1]
            self._first_camera = None
        self.widget.look_at(ahead, eye, up)
        self.widget.center_of_rotation = self._center_m
        self.widget.force_redraw()

    def ray(self, x: int, y: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Start (3,) and direction (3,) of the ray through the widget's pixel (x, y)."""
        camera, frame = self._scene.camera, self.widget.frame
        near, far = (np.array(camera.unproject(x, y, depth, frame.width, frame.height)) for depth in (0.1, 0.9))
        origin = np.linalg.inv(np.array(camera.get_view_matrix()))[:3, 3]
        direction = (near - origin).astype(np.float64)
        return origin.astype(np.float64), direction if np.dot(direction, far - near) >= 0 else -direction

    def _make(self, capacity: int, center_m: NDArray[np.float64]) -> None:
        # Two corners, so that the renderer finds a box; it must not leave the cloud out where that is out of view.
        self._points_m = np.full((capacity, 3), np.float32(ROOM_M))
        self._points_m[0] = -ROOM_M
        self._colors = np.zeros((capacity, 3), np.float32)
        is_first, self._cloud = self._cloud is None, o3d.t.geometry.PointCloud()
        # Tensors on these arrays' own memory: what is written there is what is drawn after update_geometry.
        self._cloud.point.positions = o3d.core.Tensor.from_numpy(self._points_m)
        self._cloud.point.colors = o3d.core.Tensor.from_numpy(self._colors)
        if not is_first:
            self._scene.remove_geometry(NAME)
        self._scene.add_geometry(NAME, self._cloud, self._material, False)
        self._scene.scene.set_geometry_culling(NAME, False)
        if is_first:
            self._center_m = center_m
            self.reset()

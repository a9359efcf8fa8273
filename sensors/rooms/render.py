"""A room as a camera sees it: exact geometry first, then its colours as a photograph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.light.edges import smooth_edges
from sensors.rooms.light.mirrors import with_mirrors
from sensors.rooms.photo import Photo, photographed
from sensors.rooms.scene import Scene
from sensors.rooms.view import Geometry, render_geometry

__all__ = ["Geometry", "Photo", "render_color", "render_geometry"]


def render_color(scene: Scene, geometry: Geometry, photo: Photo, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The photograph (h, w, 3) uint8 RGB of a view; rng gives the camera's noise and nothing else."""
    return photographed(smooth_edges(with_mirrors(scene, geometry), geometry), photo, rng)

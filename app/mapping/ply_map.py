"""Maps as binary PLY meshes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.mapping.grid import Surface
from app.ply import PROPERTIES, header_lines, ply_comments
from console.atomic import write_whole
from segmentation.classes import ClassSet

POINT = np.dtype([("xyz", "<f4", 3), ("normal", "<f4", 3), ("rgb", "u1", 3), ("label", "u1")])
FACE = np.dtype([("count", "u1"), ("points", "<i4", 3)])
SPACE = "unit metres; space of the first frame's colour camera: x right, y down, z forward"


def write_map(
    path: Path, surface: Surface, labels: NDArray[np.uint8], *, classes: ClassSet, model: str, trained: bool
) -> None:
    """Write a triangle mesh with the position, normal, colour and label (N,) of every point.

    The header's comments are those of app.ply. The file appears whole or not at all. Raises OutputError where it
    cannot be written.
    """
    points = np.empty(len(surface.points_m), POINT)
    points["xyz"], points["normal"] = surface.points_m, surface.normals
    points["rgb"], points["label"] = surface.colors, labels
    faces = np.empty(len(surface.triangles), FACE)
    faces["count"], faces["points"] = 3, surface.triangles
    properties = (*PROPERTIES[:3], "float nx", "float ny", "float nz", *PROPERTIES[3:])
    comments = [SPACE, *ply_comments(classes=classes, model=model, trained=trained)]
    header = header_lines(comments, points=len(points), properties=properties, faces=len(faces))
    write_whole(path, header.encode("ascii", "replace") + points.tobytes() + faces.tobytes())

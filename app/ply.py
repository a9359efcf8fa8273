"""Point clouds as binary PLY files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.cloud import PointCloud
from app.outputs.png import UNTRAINED_NOTE
from console.atomic import write_whole
from segmentation.classes import ClassSet

VERTEX = np.dtype([("xyz", "<f4", 3), ("rgb", "u1", 3), ("label", "u1")])
PROPERTIES = ("float x", "float y", "float z", "uchar red", "uchar green", "uchar blue", "uchar label")


def write_ply(path: Path, cloud: PointCloud, *, classes: ClassSet, model: str, trained: bool) -> None:
    """Write a binary little-endian PLY: position in metres, the frame's colours, and each point's label.

    The header's comments name the unit, the model, whether it is UNTRAINED, and the class of every label.
    The file appears whole or not at all. Raises OutputError where it cannot be written.
    """
    vertices = np.empty(len(cloud), VERTEX)
    vertices["xyz"], vertices["rgb"], vertices["label"] = cloud.points_m, cloud.colors, cloud.labels
    about = ply_comments(classes=classes, model=model, trained=trained)
    header = header_lines(["unit metres; colour camera's space: x right, y down, z forward", *about], points=len(cloud))
    write_whole(path, header.encode("ascii", "replace") + vertices.tobytes())


def ply_comments(*, classes: ClassSet, model: str, trained: bool) -> list[str]:
    """What the comments of every file say of its labels."""
    return [
        f"model {' '.join(model.split())}",
        *([] if trained else [f"UNTRAINED: {UNTRAINED_NOTE}"]),
        *(f"label {label} {name}" for label, name in enumerate(classes.names)),
    ]


def header_lines(
    comments: Sequence[str], *, points: int, properties: Sequence[str] = PROPERTIES, faces: int | None = None
) -> str:
    """A header: properties as "float x" of every point, faces of three points each."""
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        *(f"comment {comment}" for comment in ("written by rgbd-live", *comments)),
        f"element vertex {points}",
        *(f"property {declaration}" for declaration in properties),
        *([] if faces is None else [f"element face {faces}", "property list uchar int vertex_indices"]),
        "end_header",
    ]
    return "\n".join(lines) + "\n"

"""A camera's intrinsics beside its images: JSON, or a camera matrix as text."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensors.errors import RecordingError
from sensors.geometry import CameraIntrinsics

logger = logging.getLogger(__name__)

FILE_NAMES = (
    "intrinsics.json",
    "camera-intrinsics.json",
    "camera_intrinsics.json",
    "camera_intrinsic.json",
    "camera.json",
    "intrinsics.txt",
    "camera-intrinsics.txt",
    "camera_intrinsics.txt",
    "K.txt",
    "index.json",
)
MATRIX_KEYS = ("camera_matrix", "K", "k", "matrix")
DISTORTION_KEYS = ("distortion", "distortion_coefficients", "dist_coeffs", "coeffs")
FOCAL_KEYS = ("fx", "fy", "cx", "cy")
EXPECTED = 'expected JSON with fx, fy, cx, cy or "camera_matrix", or 3 lines of 3 numbers'


@dataclass(frozen=True, slots=True, eq=False)
class CameraNote:
    """What the file says. matrix: (3, 3) pixels. size: (width, height) and depth_unit_m where it names them."""

    path: Path
    matrix: NDArray[np.float64]
    size: tuple[int, int] | None = None
    depth_unit_m: float | None = None

    def intrinsics(self, width: int, height: int) -> CameraIntrinsics:
        """For images of this size. Raises RecordingError when the numbers cannot belong to such a camera."""
        if self.size is not None and self.size != (width, height):
            raise RecordingError(
                f"{self.path}: is for {self.size[0]}x{self.size[1]} images, but these are {width}x{height}"
            )
        (fx, skew, cx), (_, fy, cy), _ = self.matrix.tolist()
        if not np.array_equal(self.matrix[[1, 2, 2, 2], [0, 0, 1, 2]], [0, 0, 0, 1]) or abs(skew) > 1e-3 * abs(fx):
            raise RecordingError(f"{self.path}: is no camera matrix (fx 0 cx, 0 fy cy, 0 0 1): {self.matrix.tolist()}")
        try:
            intrinsics = CameraIntrinsics(width, height, fx, fy, cx, cy)
        except ValueError as error:
            raise RecordingError(f"{self.path}: {error}") from error
        if not (0 <= cx < width and 0 <= cy < height):
            raise RecordingError(
                f"{self.path}: the principal point ({cx:g}, {cy:g}) lies outside the {width}x{height} images"
            )
        return intrinsics


def read_camera_note(folder: Path) -> CameraNote:
    """The first of FILE_NAMES that the folder has. Raises RecordingError when there is none or it makes no sense."""
    paths = [folder / name for name in FILE_NAMES if (folder / name).is_file()]
    if not paths:
        raise RecordingError(f"{folder}: has no intrinsics; looked for {', '.join(FILE_NAMES)} ({EXPECTED})")
    path = paths[0]
    try:
        text = path.read_text(encoding="utf-8-sig")
        return _from_json(path, json.loads(text)) if path.suffix == ".json" else CameraNote(path, _from_text(text))
    except (OSError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise RecordingError(f"{path}: cannot be used as intrinsics ({error}); {EXPECTED}") from error


def _from_text(text: str) -> NDArray[np.float64]:
    rows = [[float(word) for word in line.replace(",", " ").split()] for line in text.splitlines() if line.strip()]
    if [len(row) for row in rows] not in ([3, 3, 3], [9]):
        raise ValueError(f"it has {len(rows)} lines of {sorted({len(row) for row in rows})} numbers")
    return np.array(rows, np.float64).reshape(3, 3)


def _from_json(path: Path, content: Any) -> CameraNote:
    if not isinstance(content, dict):
        raise ValueError("it is no JSON object")
    camera = content["intrinsics"] if isinstance(content.get("intrinsics"), dict) else content
    if any(np.any(np.asarray(camera.get(key, 0), dtype=object)) for key in DISTORTION_KEYS):
        logger.warning("%s: its lens distortion is not used; the images are taken as already undistorted", path)
    unit = content.get("depth_unit_m", camera.get("depth_unit_m"))
    has_size = "width" in camera and "height" in camera
    return CameraNote(
        path,
        _matrix(camera),
        size=(int(camera["width"]), int(camera["height"])) if has_size else None,
        depth_unit_m=None if unit is None else _plausible_unit(float(unit)),
    )


def _matrix(camera: dict[str, Any]) -> NDArray[np.float64]:
    if all(key in camera for key in FOCAL_KEYS):
        fx, fy, cx, cy = (float(camera[key]) for key in FOCAL_KEYS)
        return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    if "intrinsic_matrix" in camera:  # Open3D's, nine numbers column by column
        return _nine(camera["intrinsic_matrix"]).T
    for key in MATRIX_KEYS:
        if key in camera:
            return _nine(camera[key])
    raise ValueError(f"it has neither {', '.join(FOCAL_KEYS)} nor a matrix")


def _nine(values: Any) -> NDArray[np.float64]:
    matrix = np.array(values, np.float64)
    if matrix.shape not in ((3, 3), (9,)):
        raise ValueError(f"its camera matrix has the shape {matrix.shape}, not (3, 3)")
    return matrix.reshape(3, 3)


def _plausible_unit(unit: float) -> float:
    if not 0 < unit < 1:
        raise ValueError(f"depth_unit_m is metres per step, such as 0.001, got {unit:g}")
    return unit

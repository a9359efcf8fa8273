"""Where pixels are in space: pinhole intrinsics and rigid transforms."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class CameraIntrinsics:
    """A pinhole camera with optional lens distortion.

    width, height: image size in pixels.
    fx, fy, cx, cy: pixels; pixel centres are at integers, as in librealsense (the first pixel's centre is (0, 0)).
    distortion_model: librealsense's name ("none", "brown_conrady", "inverse_brown_conrady", ...).
    distortion: the model's coefficients; empty means none.

    Raises ValueError for a size or focal length that is not positive, or a value that is not finite.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion_model: str = "none"
    distortion: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"image size must be positive, got {self.width}x{self.height}")
        values = (self.fx, self.fy, self.cx, self.cy, *self.distortion)
        if not np.isfinite(values).all():
            raise ValueError(f"intrinsics must be finite, got {values}")
        if self.fx <= 0 or self.fy <= 0:
            raise ValueError(f"focal lengths must be positive, got fx={self.fx}, fy={self.fy}")

    @property
    def has_distortion(self) -> bool:
        """Whether any distortion coefficient is non-zero."""
        return any(self.distortion)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The camera matrix, (3, 3) float64, pixels."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1]], dtype=np.float64)

    def resized(self, width: int, height: int) -> CameraIntrinsics:
        """The same camera after its image was resized; pixel edges stay put, so centres move by half a pixel."""
        sx, sy = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            fx=self.fx * sx,
            fy=self.fy * sy,
            cx=(self.cx + 0.5) * sx - 0.5,
            cy=(self.cy + 0.5) * sy - 0.5,
        )

    def cropped(self, left: int, top: int, width: int, height: int) -> CameraIntrinsics:
        """The same camera after a crop (negative left or top: a pad)."""
        return replace(self, width=width, height=height, cx=self.cx - left, cy=self.cy - top)


@dataclass(frozen=True, slots=True, eq=False)
class RigidTransform:
    """A rotation and a translation; named `a_from_b`, so that `point_in_a = a_from_b @ point_in_b`.

    rotation: (3, 3) float64, orthonormal with determinant +1. translation_m: (3,) float64, metres.
    Raises ValueError for a wrong shape, a matrix that is no rotation, or a translation that is not finite.
    """

    rotation: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    translation_m: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))

    def __post_init__(self) -> None:
        if self.rotation.shape != (3, 3) or self.translation_m.shape != (3,):
            raise ValueError(f"expected (3, 3) and (3,), got {self.rotation.shape} and {self.translation_m.shape}")
        if not np.allclose(self.rotation @ self.rotation.T, np.eye(3), atol=1e-3) or np.linalg.det(self.rotation) < 0:
            raise ValueError(f"not a rotation matrix: {self.rotation.tolist()}")
        if not np.isfinite(self.translation_m).all():
            raise ValueError(f"translation must be finite, got {self.translation_m.tolist()}")

    @property
    def is_identity(self) -> bool:
        """Whether the transform leaves every point where it is, exactly."""
        return bool(np.array_equal(self.rotation, np.eye(3)) and not self.translation_m.any())

    def inverse(self) -> RigidTransform:
        """The transform the other way round."""
        return RigidTransform(self.rotation.T, -self.rotation.T @ self.translation_m)

    def apply(self, points_m: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points (..., 3) in metres, moved into the other space."""
        return np.asarray(points_m, dtype=np.float64) @ self.rotation.T + self.translation_m

    def __matmul__(self, other: RigidTransform) -> RigidTransform:
        return RigidTransform(self.rotation @ other.rotation, self.rotation @ other.translation_m + self.translation_m)

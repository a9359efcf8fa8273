"""How a camera moved between two views: Open3D's RGB-D odometry, and whether it is to be believed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.mapping.hold import has_hold
from app.mapping.library import load_open3d
from app.mapping.pinhole import PinholeFrame
from sensors.geometry import RigidTransform

LONGEST_PX = 320  # of views that are matched; at 640 the steps are hardly better and take four times as long
FARTHEST_M = 6.0  # depth beyond this does not help to match
# Measured on pairs of frames of three room walks, from one to forty frames apart: with these bounds 99 % of the right
# matches are kept, and of the wrong ones 2 % are.
LEAST_FITNESS = 0.6  # the share of pixels with a depth that have found their counterpart
LARGEST_RMSE = 1.2e-3  # as Open3D has it: depth in metres and intensity 0..1 in one
FARTHEST_STEP_M, LARGEST_TURN_DEG = 0.5, 30.0  # between two frames: what a hand does not do

# Steps from the coarsest level on. Colour and depth together are exact but need a start nearby; depth alone finds its
# way from farther off.
_BOTH_STEPS = (20, 20, 20, 10)
_DEPTH_STEPS = (20, 10)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A view ready to be matched. images: Open3D's RGBDImage. matrix: the camera's, a tensor (3, 3).

    depth_share: of the pixels, those whose depth serves to match. brightness: the mean of the colours, 0..255.
    holds: whether there is enough in it to hold on to.
    """

    images: Any
    matrix: Any
    width: int
    height: int
    focal_px: tuple[float, float, float, float]
    depth_share: float
    brightness: float
    holds: bool

    @classmethod
    def of(cls, frame: PinholeFrame) -> View:
        """Hand a frame to Open3D, which keeps its arrays."""
        o3d, k = load_open3d("odometry and maps"), frame.intrinsics
        images = o3d.t.geometry.RGBDImage(o3d.t.geometry.Image(frame.color), o3d.t.geometry.Image(frame.depth_m))
        return cls(
            images,
            o3d.core.Tensor(k.matrix),
            k.width,
            k.height,
            (k.fx, k.fy, k.cx, k.cy),
            depth_share=float(np.mean((frame.depth_m > 0) & (frame.depth_m <= FARTHEST_M))),
            brightness=float(frame.color.mean()),
            holds=has_hold(frame),
        )

    def fits(self, other: View) -> bool:
        """Whether both come from one camera."""
        return (self.width, self.height, self.focal_px) == (other.width, other.height, other.focal_px)

    def as_bright_as(self, other: View) -> View:
        """The view as a camera takes it that exposes for as long as that of the other."""
        o3d, gain = load_open3d("odometry and maps"), other.brightness / max(self.brightness, 1.0)
        color = np.clip(self.images.color.as_tensor().numpy() * np.float32(gain), 0, 255).astype(np.uint8)
        images = o3d.t.geometry.RGBDImage(o3d.t.geometry.Image(color), self.images.depth)
        return replace(self, images=images, brightness=other.brightness)


def match(source: View, target: View, guess: RigidTransform | None) -> RigidTransform | None:
    """target_from_source, or None where the two views do not show enough of the same.

    guess: where the search begins, such as the motion before this one; None = nothing is known.
    """
    if not (source.fits(target) and source.holds and target.holds):
        return None
    if guess is not None:
        found = _refined(source, target, guess)
        if found is not None:
            return found
    rough = _search(source, target, RigidTransform(), "PointToPlane", _DEPTH_STEPS, shift=1)
    if rough is None:
        return None
    found = _refined(source, target, rough.target_from_source)
    if found is None:  # perhaps since the light or the exposure has changed
        found = _refined(source.as_bright_as(target), target, rough.target_from_source)
    return found


def is_plausible(motion: RigidTransform) -> bool:
    """Whether a hand-held camera may move like this between two frames."""
    cosine = np.clip((np.trace(motion.rotation) - 1) / 2, -1, 1)
    turn_deg = np.rad2deg(np.arccos(cosine))
    return bool(np.linalg.norm(motion.translation_m) <= FARTHEST_STEP_M and turn_deg <= LARGEST_TURN_DEG)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    target_from_source: RigidTransform
    fitness: float
    rmse: float


def _refined(source: View, target: View, guess: RigidTransform) -> RigidTransform | None:
    found = _search(source, target, guess, "Hybrid", _BOTH_STEPS)
    if found is None or found.rmse > LARGEST_RMSE or found.fitness < LEAST_FITNESS * source.depth_share:
        return None
    return found.target_from_source


def _search(
    source: View, target: View, guess: RigidTransform, method: str, steps: tuple[int, ...], shift: int = 0
) -> _Found | None:
    """Open3D's search, on so many levels of the pyramid as the views are large enough for."""
    o3d = load_open3d("odometry and maps")
    odometry = o3d.t.pipelines.odometry
    levels = max(1, min(len(steps), int(np.log2(max(source.width, 32) / 32)) + 1 - shift))
    try:
        result = odometry.rgbd_odometry_multi_scale(
            source.images,
            target.images,
            source.matrix,
            o3d.core.Tensor(matrix_of(guess)),
            1.0,
            FARTHEST_M,
            [odometry.OdometryConvergenceCriteria(count) for count in steps[-levels:]],
            getattr(odometry.Method, method),
            odometry.OdometryLossParams(),
        )
        found = transform_of(result.transformation.numpy())
    except (RuntimeError, ValueError):  # Open3D's way of saying that the two have nothing in common
        return None
    return _Found(found, float(result.fitness), float(result.inlier_rmse))


def matrix_of(transform: RigidTransform) -> np.ndarray:
    """As (4, 4) float64."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = transform.rotation, transform.translation_m
    return matrix


def transform_of(matrix: np.ndarray) -> RigidTransform:
    """From (4, 4); the rotation is made exactly orthonormal, so that long chains stay rotations.

    Raises ValueError for a mirror image, or what is not finite.
    """
    u, _, v = np.linalg.svd(matrix[:3, :3])
    return RigidTransform(u @ v, matrix[:3, 3].astype(np.float64))

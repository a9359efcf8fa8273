"""Where the camera is in the map: every frame is matched with a view kept from the way so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.mapping.odometry import View, is_plausible, match
from app.mapping.pinhole import PinholeFrame
from sensors.geometry import RigidTransform

# A new view is kept where none lies this near; then the small errors of steps add up once for every kept view instead
# of once for every frame.
APART_M, APART_DEG = 0.15, 8.0
MOST_KEPT = 200  # views of at most 0.6 MB
OFFERS = 3  # kept views that a lost camera is compared with, those that look most alike
THUMBNAIL = (20, 15)


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    view: View
    thumbnail: NDArray[np.float32]
    world_from_camera: RigidTransform


class Place:
    """Follows the camera; the world is the first frame's camera space. One thread at a time.

    After a loss a frame that matches a kept view brings the camera back, but is not yet to be relied on: the next one
    has to agree.
    """

    def __init__(self) -> None:
        self.world_from_camera = RigidTransform()
        self._kept: list[_Kept] = []
        self._last: View | None = None  # None after a frame that was lost
        self._motion: RigidTransform | None = None

    def follow(self, frame: PinholeFrame) -> bool:
        """Find the camera; False where it cannot be told for sure, and world_from_camera is then not to be used."""
        view = View.of(frame)
        if not self._kept:
            return self._begin(view, frame)
        if self._last is None:
            self._come_back(view, frame)
            return False
        found = self._tracked(view)
        if found is None or not is_plausible(self.world_from_camera.inverse() @ found):
            self._last = self._motion = None
            self._come_back(view, frame)
            return False
        self._motion = self.world_from_camera.inverse() @ found
        self.world_from_camera, self._last = found, view
        if _distance(found, self._nearest().world_from_camera) > 1:
            self._keep(view, frame)
        return True

    def _begin(self, view: View, frame: PinholeFrame) -> bool:
        """Start the map at a frame that has enough depth to be matched with itself."""
        if match(view, view, RigidTransform()) is None:
            return False
        self._last = view
        self._keep(view, frame)
        return True

    def _tracked(self, view: View) -> RigidTransform | None:
        """world_from_camera by the nearest kept view, or else by the frame before."""
        guess = self.world_from_camera @ (self._motion or RigidTransform())
        near = self._nearest()
        moved = match(view, near.view, near.world_from_camera.inverse() @ guess)
        if moved is not None:
            return near.world_from_camera @ moved
        assert self._last is not None
        moved = match(view, self._last, self._motion)
        return None if moved is None else self.world_from_camera @ moved

    def _come_back(self, view: View, frame: PinholeFrame) -> None:
        """Look for the camera among the kept views, those first that look most alike."""
        thumbnail = _thumbnail(frame)
        alike = sorted(self._kept, key=lambda kept: -float(np.sum(kept.thumbnail * thumbnail)))
        for kept in alike[:OFFERS]:
            moved = match(view, kept.view, None)
            if moved is not None:
                self.world_from_camera, self._last = kept.world_from_camera @ moved, view
                return

    def _nearest(self) -> _Kept:
        return min(self._kept, key=lambda kept: _distance(kept.world_from_camera, self.world_from_camera))

    def _keep(self, view: View, frame: PinholeFrame) -> None:
        if len(self._kept) == MOST_KEPT:
            del self._kept[1]  # the first is the world
        self._kept.append(_Kept(view, _thumbnail(frame), self.world_from_camera))


def _distance(a: RigidTransform, b: RigidTransform) -> float:
    """How far apart two poses are; 1 = as far as kept views are."""
    cosine = np.clip((np.sum(a.rotation * b.rotation) - 1) / 2, -1, 1)
    apart_m = float(np.linalg.norm(a.translation_m - b.translation_m))
    return max(apart_m / APART_M, float(np.rad2deg(np.arccos(cosine))) / APART_DEG)


def _thumbnail(frame: PinholeFrame) -> NDArray[np.float32]:
    """A tiny picture without its brightness and contrast; the sum of products of two tells how alike they are."""
    import cv2

    small = cv2.resize(frame.color, THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= small.mean()
    return small / max(float(np.linalg.norm(small)), 1e-6)

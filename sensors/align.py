"""From RawFrame to Frame: depth in metres, moved to the colour image."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from sensors.depth_projector import SATURATED, DepthProjector
from sensors.frames import Frame, RawFrame


def depth_in_metres(depth_raw: NDArray[np.uint16], depth_unit_m: float) -> NDArray[np.float32]:
    """Raw depth (h, w) uint16 as float32 metres; 0 and 65535 become 0 = no reading."""
    depth_m = np.multiply(depth_raw, np.float32(depth_unit_m), dtype=np.float32)
    np.copyto(depth_m, 0, where=depth_raw == SATURATED)
    return depth_m


def depth_in_steps(depth_m: NDArray[np.float32], depth_unit_m: float) -> NDArray[np.uint16]:
    """The inverse of depth_in_metres: (h, w) float32 metres as uint16 steps; what is too far for these becomes 0."""
    steps = np.rint(depth_m / np.float32(depth_unit_m))
    return np.where(steps < SATURATED, steps, 0).astype(np.uint16)


class Aligner:
    """Turns RawFrames into Frames; keeps tables for the rig it saw last. For one thread at a time.

    Raises ValueError for a lens distortion model that is not known (sensors.distortion).
    """

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._projector: DepthProjector | None = None

    def __call__(self, raw: RawFrame) -> Frame:
        """The same frame with its depth in metres, moved to the colour image; colour is passed on, not copied."""
        depth_raw = raw.depth_raw
        if not _share_pixels(raw):
            depth_raw = self._projector_of(raw).project(raw.depth_raw)
        depth_m = depth_in_metres(depth_raw, raw.depth_unit_m)
        return Frame(
            index=raw.index,
            timestamp_s=raw.timestamp_s,
            color=raw.color,
            depth_m=depth_m,
            intrinsics=raw.color_intrinsics,
            frame_number=raw.frame_number,
            depth_unit_m=raw.depth_unit_m,
        )

    def _projector_of(self, raw: RawFrame) -> DepthProjector:
        transform = raw.color_from_depth
        key = (
            astuple(raw.depth_intrinsics),
            astuple(raw.color_intrinsics),
            transform.rotation.tobytes(),
            transform.translation_m.tobytes(),
            raw.depth_unit_m,
        )
        if self._projector is None or key != self._key:
            self._projector = DepthProjector(
                raw.depth_intrinsics, raw.color_intrinsics, transform, depth_unit_m=raw.depth_unit_m
            )
            self._key = key
        return self._projector


def _share_pixels(raw: RawFrame) -> bool:
    """Whether both images were taken by the same camera, so that depth needs no moving."""
    return raw.color_from_depth.is_identity and astuple(raw.depth_intrinsics) == astuple(raw.color_intrinsics)

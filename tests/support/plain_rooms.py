"""Rooms that cost nothing to render, with the face of sensors.rooms.room.Room; importable by other processes."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sensors.geometry import CameraIntrinsics, RigidTransform

BAD_SEED, DEADLY_SEED, FIRST_SLOW_SEED = 13, 14, 6


@dataclass(frozen=True)
class PlainFrame:
    color: np.ndarray
    depth_mm: np.ndarray
    label: np.ndarray


class PlainRoom:
    """Noise that the seeds decide."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.kind = ("office", "bedroom", "living room")[seed % 3]
        self.camera = f"rooms-{('stereo', 'kinect1', 'time_of_flight', 'clean', 'kinect1')[seed % 5]}"

    def intrinsics(self, size: tuple[int, int]) -> CameraIntrinsics:
        width, height = size
        return CameraIntrinsics(width, height, width + self.seed / 7, width + self.seed / 9, width / 2, height / 2)

    def frame_rng(self, index: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, index))

    def viewpoint(self, rng: np.random.Generator) -> RigidTransform:
        yaw, pitch = rng.uniform(0, 6), rng.uniform(-0.2, 0.5)
        c, s = np.cos(yaw), np.sin(yaw)
        right = np.array([c, s, 0.0])
        forward = np.array([-s * np.cos(pitch), c * np.cos(pitch), -np.sin(pitch)])
        return RigidTransform(np.stack([right, np.cross(forward, right), forward], axis=1), np.array([0.1, 0.2, 1.5]))

    def render(self, pose: RigidTransform, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> PlainFrame:
        shape = (intrinsics.height, intrinsics.width)
        depth = rng.integers(300, 8000, shape).astype(np.uint16)
        depth[rng.random(shape) < 0.2] = 0
        return PlainFrame(
            rng.integers(0, 256, (*shape, 3), dtype=np.uint8), depth, rng.integers(0, 38, shape, dtype=np.uint8)
        )


class SlowRoom(PlainRoom):
    """Takes its time from FIRST_SLOW_SEED on, so that a test can do something in the middle of a call."""

    def render(self, pose: RigidTransform, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> PlainFrame:
        time.sleep(0 if self.seed < FIRST_SLOW_SEED else 1)
        return super().render(pose, intrinsics, rng)


class StuckRoom(PlainRoom):
    """Is never done."""

    def render(self, pose: RigidTransform, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> PlainFrame:
        time.sleep(100)
        raise AssertionError("unreachable")


class FaultyRoom(PlainRoom):
    """Raises for BAD_SEED, dies for DEADLY_SEED."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        if seed == BAD_SEED:
            raise ZeroDivisionError("no\nfloor")
        if seed == DEADLY_SEED:
            os.kill(os.getpid(), signal.SIGKILL)


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}

"""One sample's folder, as SUN RGB-D has it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensors.prepared.encode import jpeg_bytes, png_bytes
from sensors.rooms.depth_holes import filled
from training.rooms.sunrgbd.depth_code import encoded
from training.rooms.work import Picture

SET = "rooms"  # stands where the real one has kinect2data, NYUdata, ...
CAMERAS = {
    "rooms-stereo": ("realsense",),
    "rooms-kinect1": ("kv1", "xtion"),  # one sensor in two housings; the room decides
    "rooms-time_of_flight": ("kv2",),
}
OTHER_CAMERAS = ("xtion",)
EXTRINSICS_NAME = "20150101000000.txt"  # the real ones are named by the time of their annotation


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What the toolbox's files say of an image.

    folder: SUNRGBD/kv2/rooms/NAME. sensor: kv1, kv2, realsense or xtion. matrix: the camera's, (3, 3) float64 pixels.
    level_from_camera: (3, 3) float64, as in extrinsics/.
    """

    folder: str
    sensor: str
    rgb_name: str
    depth_name: str
    matrix: NDArray[np.float64]
    level_from_camera: NDArray[np.float64]


def camera_folder(camera: str, name: str) -> str:
    """kv1, kv2, realsense or xtion, by the depth sensor."""
    folders = CAMERAS.get(camera, OTHER_CAMERAS)
    return folders[int(name.partition("-")[0]) % len(folders)]


def depth_name(folder: str, name: str) -> str:
    """Of kv1 the files are called NAME_abs.png, as in b3dodata; else NAME.png."""
    return f"{name}_abs.png" if folder == "kv1" else f"{name}.png"


def write_folder(path: Path, picture: Picture, camera: str) -> None:
    """Write what belongs to a sample into a folder that does not exist yet. Raises OSError."""
    name = picture.record.name
    contents = {
        f"image/{name}.jpg": jpeg_bytes(picture.color),
        f"depth/{depth_name(camera, name)}": png_bytes(encoded(picture.depth_mm)),
        f"depth_bfx/{depth_name(camera, name)}": png_bytes(encoded(hole_filled(picture.depth_mm))),
        f"extrinsics/{EXTRINSICS_NAME}": _rows(np.hstack([level_from_camera(picture), np.zeros((3, 1))])),
        "intrinsics.txt": _rows(picture.record.intrinsics.matrix),
        "scene.txt": picture.record.room.replace(" ", "_").encode(),
    }
    for relative, content in contents.items():
        (path / relative).parent.mkdir(parents=True, exist_ok=True)
        (path / relative).write_bytes(content)


def hole_filled(depth_mm: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """What depth_bfx holds: every hole filled from the readings around; all 0 only where there is no reading at all."""
    return np.rint(filled(depth_mm.astype(np.float32), "smooth", 0.0)).astype(np.uint16)


def level_from_camera(picture: Picture) -> NDArray[np.float64]:
    """The rotation (3, 3) in extrinsics/: it turns the camera's axes (right, down, forward) so that down is down.

    The smallest such turn (Rodrigues' formula), as in the real files.
    """
    down = -picture.world_from_camera.rotation[2]  # the world's downward direction as the camera sees it
    level = np.array([0.0, 1.0, 0.0])
    x, y, z = np.cross(down, level)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + cross + cross @ cross / (1 + down @ level)


def _rows(numbers: NDArray[np.float64]) -> bytes:
    return "".join(" ".join(f"{number:.6f}" for number in row) + "\n" for row in numbers).encode()

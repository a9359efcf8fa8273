"""Real frames from a folder of sample data that lies beside the checkout; docs/model_card.md says where it comes from.

The frames belong to their owners: nothing made of them belongs in the repository.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensors.align import Aligner, depth_in_metres
from sensors.folders.folder import FolderSource
from sensors.frames import Frame
from sensors.images import read_color, read_depth, read_label
from training.prepare.nyuv2.conventions import nyu40_labels

NYU_FOCAL_PX = (518.858, 519.470)
KINECT2_FOCAL_PX = (365.0, 365.0)  # nominal: the still comes without intrinsics
SUN_CLASSES = 37  # NYUDv2's first 37 of 40 classes are SUN RGB-D's; the last three become void


@dataclass(frozen=True, slots=True, eq=False)
class SampleFrame:
    """color: (H, W, 3) uint8 RGB. depth_m: (H, W) float32, 0 = no reading. label: (H, W) uint8, 0 = void, or None."""

    name: str
    color: NDArray[np.uint8]
    depth_m: NDArray[np.float32]
    focal_px: tuple[float, float]
    label: NDArray[np.uint8] | None = None


def sequence(folder: Path, number: int) -> list[SampleFrame]:
    """So many frames of an image folder in millimetres, evenly spaced."""
    with FolderSource(folder, depth_unit_m=0.001) as source:
        total = source.info.frame_count or 0
        chosen = set(np.linspace(0, total - 1, min(number, total)).round().astype(int).tolist())
        frames = [Aligner()(raw) for raw in source if raw.index in chosen]
    return [from_frame(f"{folder.name} {frame.index}", frame) for frame in frames]


def from_frame(name: str, frame: Frame) -> SampleFrame:
    """What a segmenter wants of a frame."""
    return SampleFrame(name, frame.color, frame.depth_m, (frame.intrinsics.fx, frame.intrinsics.fy))


def stills(root: Path) -> list[SampleFrame]:
    """The Kinect v2 still, whose unit is most likely a tenth of a millimetre, and the SUN RGB-D frames."""
    folder = root / "kinect2_still"
    depth_m = depth_in_metres(read_depth(folder / "sample_depth.png"), 0.0001)
    kinect2 = SampleFrame("kinect2_still", read_color(folder / "sample_rgb.png"), depth_m, KINECT2_FOCAL_PX)
    return [kinect2, *(sun_frame(path) for path in sorted((root / "sunrgbd_layout_sample" / "images").iterdir()))]


def sun_frame(folder: Path) -> SampleFrame:
    """A frame in SUN RGB-D's own layout, with the raw depth, as a camera would give it."""
    color, depth = (next((folder / kind).iterdir()) for kind in ("image", "depth"))
    matrix = np.loadtxt(folder / "intrinsics.txt").reshape(3, 3)
    depth_mm = sun_depth_mm(read_depth(depth))
    focal_px = float(matrix[0, 0]), float(matrix[1, 1])
    return SampleFrame(f"sunrgbd {folder.name}", read_color(color), depth_in_metres(depth_mm, 0.001), focal_px)


def sun_depth_mm(encoded: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """The toolbox's decoding: the 16 bits rotated right by three."""
    return ((encoded >> np.uint16(3)) | (encoded << np.uint16(13))).astype(np.uint16)


def labelled(root: Path) -> list[SampleFrame]:
    """The two labelled NYUDv2 frames, each in its own convention, with 37 classes."""
    a, b = root / "nyuv2_labelled" / "frame_a", root / "nyuv2_labelled" / "frame_b"
    label_a = nyu40_labels(read_label(a / "Label" / "0.png"))
    label_b = nyu40_labels(read_label(b / "segm_gt_000464.png"))
    depth_a_m = np.load(a / "Depth" / "0.npy").astype(np.float32)  # metres, holes filled
    depth_b_m = depth_in_metres(read_depth(b / "depth_gt_000464.png"), 1 / 5000)  # the scale is inferred
    return [
        SampleFrame("nyuv2 frame_a", read_color(a / "RGB" / "0.jpg"), depth_a_m, NYU_FOCAL_PX, known(label_a)),
        SampleFrame("nyuv2 frame_b", read_color(b / "000464.png"), depth_b_m, NYU_FOCAL_PX, known(label_b)),
    ]


def known(label: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Labels of 40 classes with what SUN RGB-D does not know as void."""
    return np.where(label > SUN_CLASSES, np.uint8(0), label)


def sample_sets(root: Path, number: int) -> dict[str, Callable[[], list[SampleFrame]]]:
    """What reads each set, by its name; of the sequences `number` frames."""
    return {
        "kitchen": lambda: sequence(root / "kitchen_sequence", number),
        "realsense": lambda: sequence(root / "realsense_rooms", number),
        "stills": lambda: stills(root),
        "labelled": lambda: labelled(root),
    }

"""Small downloads in the layouts of the three data sets, at their official image sizes, with rendered pictures.

Noise would not do: PNG cannot pack it, so both its size and the time to decode it would be the worst possible.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from console.interrupt import Interrupt
from sensors.prepared import PreparedArrays, read_index
from training.rooms_command import RoomsOptions, run

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import cityscapes_files  # noqa: E402
import nyuv2_files  # noqa: E402

SUN_SIZE, NYU_SIZE, CITY_SIZE = (640, 480), (640, 480), (2048, 1024)  # SUN RGB-D's widths go from 561 to 730
STREET = 10  # times as far as in a room
NYU_NAME_OF = 1 + np.arange(38)  # a number of the .mat for each label; which one does not matter


def sun_download(root: Path, count: int, workers: int) -> Path:
    """SUNRGBD/ and SUNRGBDtoolbox/ of rooms."""
    options = RoomsOptions(out=root, count=count, size=SUN_SIZE, layout="sunrgbd", workers=workers)
    run(options, Interrupt())
    return root


def nyu_download(root: Path, rooms: list[PreparedArrays], chunk_frames: int) -> Path:
    """nyu_depth_v2_labeled.mat whose compressed chunks hold parts of so many frames, and the small files."""
    depth_m = np.stack([room.depth_steps for room in rooms]) * np.float32(0.001)
    filled_m = np.where(depth_m > 0, depth_m, np.float32(depth_m.mean()))
    numbers = NYU_NAME_OF[np.stack([room.label for room in rooms])].astype(np.uint16)
    scenes = tuple(f"room_{number:04d}" for number in range(len(rooms)))
    frames = nyuv2_files.NyuFrames(np.stack([room.color for room in rooms]), numbers, filled_m, depth_m, scenes)
    train, test = range(1, len(rooms)), [len(rooms)]
    return nyuv2_files.write_nyu(root, frames, train=train, test=test, chunk_frames=chunk_frames)


def city_download(root: Path, rooms: list[PreparedArrays]) -> Path:
    """Cityscapes' four archives."""
    images = [("train", "aachen", f"aachen_{number:06d}_000019") for number in range(len(rooms))]
    pictures = {image: _street(room) for (_, _, image), room in zip(images, rooms, strict=True)}
    cityscapes_files.write_cityscapes(root, images, arrays=pictures.__getitem__)
    cityscapes_files.pack(root)
    return root


def rooms_at(root: Path, size: tuple[int, int], count: int, workers: int) -> list[PreparedArrays]:
    """Rendered rooms of this size."""
    run(RoomsOptions(out=root, count=count, size=size, workers=workers), Interrupt())
    index = read_index(root)
    return [index.read(sample) for sample in index.samples]


def _street(room: PreparedArrays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colour, label ids and disparity: what is in the room, further away."""
    camera = cityscapes_files.CAMERA
    product = camera["extrinsic"]["baseline"] * camera["intrinsic"]["fx"]
    depth_m = room.depth_steps * 0.001 * STREET
    known = depth_m > 0
    disparity = np.where(known, np.rint(product / np.where(known, depth_m, 1) * 256) + 1, 0)
    return room.color, (room.label % 34).astype(np.uint8), disparity.clip(0, 65535).astype(np.uint16)

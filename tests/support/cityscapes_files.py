"""Cityscapes' tree as it is published, but with few, small images whose every value is known."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 48, 24
# In the form of a real *_camera.json; the lens is that of the published average, in pixels of the full image.
CAMERA = {
    "extrinsic": {"baseline": 0.209313, "pitch": 0.038, "roll": 0.0, "x": 1.7, "y": 0.1, "yaw": -0.0195, "z": 1.22},
    "intrinsic": {"fx": 2262.52, "fy": 2265.3017905988554, "u0": 1096.98, "v0": 513.137},
}
ARCHIVES = {
    "leftImg8bit": "leftImg8bit_trainvaltest.zip",
    "gtFine": "gtFine_trainvaltest.zip",
    "disparity": "disparity_trainvaltest.zip",
    "camera": "camera_trainvaltest.zip",
}
ENDINGS = {
    "leftImg8bit": "_leftImg8bit.png",
    "gtFine": "_gtFine_labelIds.png",
    "disparity": "_disparity.png",
    "camera": "_camera.json",
}
IMAGES = (
    ("train", "aachen", "aachen_000000_000019"),
    ("train", "aachen", "aachen_000001_000019"),
    ("train", "bochum", "bochum_000000_000313"),
    ("val", "munster", "munster_000000_000019"),
    ("test", "berlin", "berlin_000000_000019"),
)


def city_arrays(image: str, size: tuple[int, int] = (WIDTH, HEIGHT)) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colour (H, W, 3) uint8, label ids (H, W) uint8 and disparity (H, W) uint16 of the image of this name."""
    rng = np.random.default_rng(list(image.encode()))
    shape = (size[1], size[0])
    ids = rng.integers(0, 34, shape).astype(np.uint8)
    disparity = np.where(rng.random(shape) < 0.2, 0, rng.integers(1, 33000, shape)).astype(np.uint16)
    ids[0, 0], disparity[0, :3] = 255, (0, 1, 65535)
    return rng.integers(0, 256, (*shape, 3)).astype(np.uint8), ids, disparity


def write_cityscapes(
    root: Path,
    images: Sequence[tuple[str, str, str]] = IMAGES,
    arrays: Callable[[str], tuple[np.ndarray, np.ndarray, np.ndarray]] = city_arrays,
) -> Path:
    """The unpacked tree, with the other files that lie in it. arrays: of an image by its name, as city_arrays."""
    for split, city, image in images:
        color, ids, disparity = arrays(image)
        contents = {
            "leftImg8bit": png(color),
            "gtFine": png(ids),
            "disparity": png(disparity),
            "camera": json.dumps(CAMERA).encode(),
        }
        for part, content in contents.items():
            path = file_of(root, part, split, city, image)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for ending in ("_gtFine_color.png", "_gtFine_instanceIds.png", "_gtFine_labelTrainIds.png"):
            (root / "gtFine" / split / city / f"{image}{ending}").write_bytes(b"not read")
    return root


def file_of(root: Path, part: str, split: str, city: str, image: str) -> Path:
    """Where an image's file of a part lies."""
    return root / part / split / city / f"{image}{ENDINGS[part]}"


def pack(root: Path) -> None:
    """Put every part into its archive, as downloaded, and take the folder away."""
    for part, archive in ARCHIVES.items():
        with zipfile.ZipFile(root / archive, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("README", "about the data set")
            for path in sorted((root / part).rglob("*"), reverse=True):
                packed.write(path, path.relative_to(root).as_posix())
                path.rmdir() if path.is_dir() else path.unlink()
        (root / part).rmdir()


def png(pixels: np.ndarray) -> bytes:
    """The array as a PNG file."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()

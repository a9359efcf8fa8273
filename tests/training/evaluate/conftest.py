"""Small prepared folders with known truth, and predictors with known answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from random_models import save_model

from console.interrupt import Interrupt
from segmentation.classes import ClassSet, class_set
from sensors.geometry import CameraIntrinsics
from sensors.prepared import PreparedSample, Split, write_index, write_sample
from training.evaluate import EvaluateOptions, run

CLASSES = class_set("sunrgbd37")
LABEL_SIZE = (96, 72)
CAMERAS = ("rooms-stereo", "rooms-kinect1", "rooms-clean")


def labelled_frame(seed: int, size: tuple[int, int]) -> tuple[NDArray, NDArray, NDArray]:
    """Blocks of a few classes with some void, each in its class's own colour; depth with holes."""
    width, height = size
    rng = np.random.default_rng(seed)
    blocks = rng.choice([0, 1, 2, 5, 7, 20, 37], (-(-height // 8), -(-width // 8))).astype(np.uint8)
    label = np.ascontiguousarray(blocks.repeat(8, axis=0).repeat(8, axis=1)[:height, :width])
    depth_mm = rng.integers(600, 5000, (height, width)).astype(np.uint16)
    depth_mm[rng.random((height, width)) < 0.2] = 0
    return CLASSES.colors[label], depth_mm, label


def write_prepared(
    root: Path,
    frames: int,
    size: tuple[int, int],
    *,
    split: Split = "val",
    cameras: Sequence[str] = CAMERAS,
    scene: str = "room",
    arrays: Callable[[int, tuple[int, int]], tuple[NDArray, NDArray, NDArray]] = labelled_frame,
    depth_unit_m: float = 0.001,
    refined: bool = False,
    **index: str,
) -> Path:
    """arrays: colour, depth and label of a frame's number and size. refined: of half the depth, so that it shows."""
    samples = []
    for number in range(frames):
        name, (width, height) = f"{number:03d}", size
        color, depth, label = arrays(number, size)
        write_sample(
            root, name, color, depth, label, color_suffix=".png", refined_steps=depth // 2 if refined else None
        )
        intrinsics = CameraIntrinsics(width, height, 0.9 * width, 0.95 * width, width / 2, height / 2)
        camera, place = cameras[number % len(cameras)], f"{scene}-{number // 2}"
        samples.append(PreparedSample(name, split, camera, place, intrinsics, ".png", depth_unit_m))
    write_index(root, samples, **{"class_set": "sunrgbd37", "about": "a test", **index}, refined=refined)
    return root


@pytest.fixture(scope="session")
def prepare() -> Callable[..., Path]:
    return write_prepared


@pytest.fixture
def make_prepared(tmp_path: Path) -> Callable[..., Path]:
    def make(frames: int = 6, size: tuple[int, int] = (96, 72), name: str = "data", **changes: Any) -> Path:
        return write_prepared(tmp_path / name, frames, size, **changes)

    return make


class ColorPredictor:
    """Knows each class by its colour. confidence: of its answers; with no depth at all it says wall everywhere."""

    classes: ClassSet = CLASSES

    def __init__(self, confidence: float = 1.0) -> None:
        self.confidence = confidence

    def probabilities(self, color: NDArray, depth_m: NDArray, focal_px: tuple[float, float]) -> NDArray[np.float32]:
        number = len(self.classes)
        labels = (color[None] == self.classes.colors[1:, None, None]).all(axis=-1)
        if not depth_m.any():
            labels[:] = False
            labels[0] = True
        rest = np.float32((1 - self.confidence) / (number - 1))
        return np.where(labels, np.float32(self.confidence), rest).astype(np.float32)


@pytest.fixture
def color_predictor() -> type[ColorPredictor]:
    return ColorPredictor


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def options_in(folder: Path, prepare) -> dict:
    return {
        "data": prepare(folder / "data", 6, LABEL_SIZE),
        "model": str(save_model(folder / "model.safetensors")),
        "dataset": "rooms",
        "out": folder / "report",
        "device": "cpu",
    }


@pytest.fixture
def options(prepare, tmp_path: Path) -> dict:
    return options_in(tmp_path, prepare)


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of the numbers: drawing takes seconds."""
    monkeypatch.setattr("training.evaluate.command.draw_pictures", lambda *_: {})


@pytest.fixture(scope="session")
def reported(prepare, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The options of an evaluation that is done."""
    options = options_in(tmp_path_factory.mktemp("reported"), prepare)
    assert run(EvaluateOptions(**options), Interrupt()) == 0
    return options

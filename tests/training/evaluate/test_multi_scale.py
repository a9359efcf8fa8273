from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import ClassSet, class_set
from segmentation.engines.host_engine import HostEngine, NetworkOutput
from segmentation.engines.torch_engine import TorchEngine
from segmentation.models import build_model
from segmentation.preprocess import NetworkInput, Preprocessor
from segmentation.segmenter import Segmenter
from training.evaluate.scoring.multi_scale import PASSES, SCALES, Averaged, multi_scale

CLASSES = class_set("sunrgbd37")
INPUT_SIZE, FRAME_SIZE, FOCAL_PX = (64, 48), (80, 60), (70.0, 66.0)


def frame(seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.float32], tuple[float, float]]:
    rng = np.random.default_rng(seed)
    width, height = FRAME_SIZE
    color = rng.integers(0, 256, (height, width, 3), np.uint8)
    return color, rng.uniform(0.5, 5, (height, width)).astype(np.float32), FOCAL_PX


def one_hot(labels: NDArray) -> NDArray[np.float32]:
    return (np.arange(len(CLASSES))[:, None, None] == labels).astype(np.float32)


class Oracle:
    """Predicts by a function of colour and depth that gives network ids."""

    classes: ClassSet = CLASSES

    def __init__(self, labels) -> None:
        self.labels = labels

    def probabilities(self, color: NDArray, depth_m: NDArray, focal_px: tuple[float, float]) -> NDArray[np.float32]:
        assert focal_px == FOCAL_PX
        return one_hot(self.labels(color, depth_m))


def sides(color: NDArray, depth_m: NDArray) -> NDArray:
    """Class 0 in the left half of the picture, class 1 in the right: what no mirror image can agree with."""
    return np.broadcast_to(np.arange(color.shape[1]) >= color.shape[1] // 2, depth_m.shape).astype(int)


def test_who_reads_left_and_right_is_averaged_with_the_mirrored_self() -> None:
    found = Averaged([Oracle(sides)]).probabilities(*frame())
    assert found.shape == (37, 60, 80)
    assert (found[:2] == 0.5).all()
    assert not found[2:].any()


@pytest.mark.parametrize(
    "labels",
    [lambda color, depth_m: color[..., 0] % 37, lambda color, depth_m: (7 * depth_m).astype(int)],
    ids=["by colour", "by depth"],
)
def test_who_looks_at_each_pixel_alone_says_the_same(labels) -> None:
    """Colour and depth are both mirrored, and what comes back is mirrored back."""
    color, depth_m, focal_px = frame()
    found = Averaged([Oracle(labels)] * 2).probabilities(color, depth_m, focal_px)
    assert np.array_equal(found, one_hot(labels(color, depth_m)))


def test_several_are_averaged_with_equal_weight() -> None:
    nothing, sofa = Oracle(lambda color, depth_m: np.zeros(depth_m.shape)), Oracle(sides)
    found = Averaged([nothing, nothing, nothing, sofa]).probabilities(*frame())
    np.testing.assert_allclose(found[0], 7 / 8)
    np.testing.assert_allclose(found[1], 1 / 8)


class Recorder(HostEngine):
    """An engine that only remembers what its network was fed with."""

    name, device_name, precision = "recorder", "cpu", "fp32"

    def __init__(self, card: ModelCard) -> None:
        super().__init__(card)
        self.fed: list[NetworkInput] = []

    def network_output(self, network_input: NetworkInput) -> NetworkOutput:
        self.fed.append(network_input)
        return NetworkOutput(torch.zeros(1, len(CLASSES), 2, 2))

    def at_input_size(self, input_size: tuple[int, int]) -> Recorder:
        other = Recorder(replace(self.card, input_size=input_size))
        other.fed = self.fed
        return other


def test_the_focal_lengths_follow_the_size_and_the_mirror_image_is_one() -> None:
    engine = Recorder(ModelCard("deresunet-lite", CLASSES, INPUT_SIZE))
    found = multi_scale(Segmenter(engine.card, engine)).probabilities(*frame())
    np.testing.assert_allclose(found, 1 / 37, rtol=1e-6)
    assert SCALES == (0.5, 0.75, 1, 1.25, 1.5)
    assert len(engine.fed) == PASSES == 10
    for scale, plain, mirrored in zip(SCALES, engine.fed[::2], engine.fed[1::2], strict=True):
        width, height = int(64 * scale), int(48 * scale)
        for fed in (plain, mirrored):
            assert fed.color.shape == (1, 3, height, width)
            assert fed.depth_m.shape == (1, 1, height, width)
            np.testing.assert_allclose(fed.focal_px[0], [70 * width / 80, 66 * height / 60], rtol=1e-6)
        # Colours are rounded while they are resized, and not the same way from the other side.
        np.testing.assert_allclose(plain.color, mirrored.color.flip(-1), atol=0.03)
    at_frame_size = engine.fed[6:8]
    assert torch.equal(at_frame_size[0].depth_m, torch.from_numpy(frame()[1])[None, None])
    assert torch.equal(at_frame_size[1].depth_m, at_frame_size[0].depth_m.flip(-1))


def test_a_network_agrees_with_a_plain_loop_over_sizes() -> None:
    network = build_model("malleable-deresunet-lite", len(CLASSES), seed=3)
    network.eval()
    color, depth_m, focal_px = frame()
    expected = []
    for size in ((32, 24), (48, 36), (64, 48), (80, 60), (96, 72)):
        for step in (1, -1):
            made = Preprocessor(size)(color[:, ::step].copy(), depth_m[:, ::step].copy(), focal_px)
            with torch.inference_mode():
                logits = network(made.color, made.depth_m, made.focal_px)
                full = F.interpolate(logits, (60, 80), mode="bilinear", align_corners=False)
            expected.append(full[0].softmax(0).numpy()[..., ::step])
    card = ModelCard("malleable-deresunet-lite", CLASSES, INPUT_SIZE)
    segmenter = Segmenter(card, TorchEngine(card, network, device="cpu"))
    found = multi_scale(segmenter).probabilities(color, depth_m, focal_px)
    np.testing.assert_allclose(found, np.mean(expected, axis=0), atol=2e-5)
    assert np.abs(found - segmenter.probabilities(color, depth_m, focal_px)).max() > 1e-3
    assert segmenter.card.input_size == INPUT_SIZE

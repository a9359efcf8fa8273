"""An engine that gives a share of its labels otherwise than the others of its kind, and frames to see it with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from segmentation.engines.engine import EngineResult
from segmentation.engines.request import CheckFrame, CheckFrames
from segmentation.errors import EngineUnavailableError
from segmentation.scores import Scores

SIZE = (20, 50)  # 1000 pixels
COUNT = 32


class AgreeingEngine:
    """wrong: how many of a frame's pixels, from its first, have another label. unsure: the confidence of its last half.

    nan: in "confidence" or "logits" of the last frame. fails: whether a frame raises.
    """

    def __init__(
        self,
        wrong: int = 0,
        *,
        name="other",
        device_name="cpu",
        precision="fp32",
        sure=0.9,
        unsure=0.9,
        nan="",
        fails=False,
    ):
        self.name, self.device_name, self.precision = name, device_name, precision
        self.wrong, self.sure, self.unsure, self.nan, self.fails = wrong, sure, unsure, nan, fails
        self.frames: list[CheckFrame] = []
        self.closed = False

    def run(self, color, depth_m, focal_px) -> EngineResult:
        if self.fails:
            raise EngineUnavailableError(f"engine {self.name}: this frame is too much")
        self.frames.append(CheckFrame(color, depth_m, focal_px))
        labels = color[..., 0] % 5 + np.uint8(1)
        labels.reshape(-1)[: self.wrong] += 1
        confidence = np.full(labels.shape, self.sure, np.float16)
        confidence[SIZE[0] // 2 :] = self.unsure
        logits = torch.zeros(1, 5, 2, 3)
        if len(self.frames) == COUNT and self.nan == "confidence":
            confidence[3, 4] = np.nan
        if len(self.frames) == COUNT and self.nan == "logits":
            logits[0, 1, 1, 1] = float("inf")
        return EngineResult(labels, confidence, 1, 1, 1, Scores(logits, labels.shape))

    def probabilities(self, color, depth_m, focal_px) -> np.ndarray:
        raise NotImplementedError

    def at_input_size(self, input_size: tuple[int, int]) -> AgreeingEngine:
        return self

    def close(self) -> None:
        self.closed = True


def read_frames(count: int = COUNT) -> Iterator[CheckFrame]:
    for index in range(count):
        color = np.random.default_rng(index).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
        yield CheckFrame(color, np.full(SIZE, 2.0, np.float32), (60.0, 60.0))


FRAMES = CheckFrames("made for tests", read_frames)

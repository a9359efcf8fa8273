"""Scores that can no longer be read, as after a device or process that held them has gone."""

from __future__ import annotations

from torch import Tensor

from segmentation.scores import Scores, ScoresLostError


def lost_scores(size: tuple[int, int]) -> Scores:
    def fetch() -> Tensor:
        raise ScoresLostError("the device has gone")

    return Scores(fetch, size)

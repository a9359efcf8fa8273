"""Labels steadied over time: each frame's class probabilities averaged with those of the same places before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from app.smoothing.camera_motion import CameraMotion
from app.smoothing.trace import Grid, GridView, Trace
from segmentation.classes import ClassSet
from segmentation.labels import label_map
from segmentation.result import Segmentation
from segmentation.scores import Scores
from sensors.errors import MissingLibraryError
from sensors.frames import Frame
from sensors.geometry import RigidTransform

MOST_FRAMES = 8  # that an average is taken over; what was longer ago fades
LONGEST_GAP_S = 0.5  # between two frames; after a longer one it starts anew

Motion: TypeAlias = Callable[[Frame], RigidTransform | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """What is remembered of the frame before.

    logs: (h * w, C) float32, the averaged logarithms of the probabilities, where the network runs. frames: (h, w)
    float32, over how many frames.
    """

    timestamp_s: float
    classes: ClassSet
    view: GridView
    logs: Tensor
    frames: NDArray[np.float32]


class LabelSmoother:
    """Frame and its segmentation -> the segmentation with steadier labels, confidence and scores.

    A cell of the network's grid is averaged with what it was before only where the camera's motion, the depth and the
    colour say that it is the same place, and nothing near it moves; anywhere else it keeps this frame's own. Starts
    anew after a jump in time, with another frame size or model, and where the motion is lost. One thread at a time.

    Raises MissingLibraryError where OpenCV is older than 5.
    """

    def __init__(self, motion: Motion | None = None) -> None:
        """motion: frame -> previous_from_current, None where it is not known."""
        self._motion = motion or CameraMotion()
        self._grid: Grid | None = None
        self._past: _Past | None = None

    @torch.inference_mode()
    def __call__(self, frame: Frame, segmentation: Segmentation) -> Segmentation:
        """The steadier segmentation; the one given where its scores are missing, lost, or no numbers."""
        scores = None if segmentation.scores is None else segmentation.scores.logits
        if scores is None:
            self._past = None
            return segmentation
        classes, height, width = scores.shape[1:]
        grid = self._grid_for(frame, (height, width))
        if not self._follows(frame, segmentation.classes):
            self._past = None
        view, motion, past = grid.view(frame), self._motion(frame), self._past
        logs = scores.float().permute(0, 2, 3, 1).reshape(-1, classes).log_softmax(dim=1)
        if not torch.isfinite(logs.sum()):  # a network's overflow would spread from frame to frame and never end
            self._past = None
            return segmentation
        trace = None if motion is None or past is None else grid.trace(view, past.view, motion)
        frames = np.ones((height, width), np.float32)
        if trace is not None and past is not None:
            before = _carried_frames(past.frames, trace)
            logs = _averaged(logs, past.logs, trace, before)
            frames += before
        self._past = _Past(frame.timestamp_s, segmentation.classes, view, logs, frames)
        averaged = logs.view(1, height, width, classes).permute(0, 3, 1, 2)
        return _relabelled(segmentation, averaged, (frame.color.shape[0], frame.color.shape[1]))

    def _grid_for(self, frame: Frame, shape: tuple[int, int]) -> Grid:
        grid = self._grid
        if grid is None or grid.shape != shape or astuple(grid.camera) != astuple(frame.intrinsics):
            self._past = None
            grid = self._grid = Grid(frame.intrinsics, shape)
        return grid

    def _follows(self, frame: Frame, classes: ClassSet) -> bool:
        past = self._past
        return (
            past is not None and past.classes is classes and 0 <= frame.timestamp_s - past.timestamp_s <= LONGEST_GAP_S
        )


def _carried_frames(frames: NDArray[np.float32], trace: Trace) -> NDArray[np.float32]:
    """Over how many frames (h, w) each cell's past is averaged, MOST_FRAMES - 1 at most, 0 where it has none."""
    carried = (frames.ravel()[trace.cells] * trace.weights).sum(axis=1).reshape(frames.shape)
    return np.where(trace.trusted, np.minimum(carried, MOST_FRAMES - 1), np.float32(0)).astype(np.float32, copy=False)


def _averaged(logs: Tensor, past: Tensor, trace: Trace, frames: NDArray[np.float32]) -> Tensor:
    """Now (n, C) and what was where each cell was (n, C), by how many frames the latter stands for."""
    # An embedding bag is a sum of weighted rows in one pass.
    cells, weights = (torch.from_numpy(array).to(past.device) for array in (trace.cells, trace.weights))
    carried = F.embedding_bag(cells, past, per_sample_weights=weights, mode="sum")
    share = torch.from_numpy((frames / (frames + 1)).reshape(-1, 1)).to(past.device)
    return torch.lerp(logs, carried, share)


def _relabelled(segmentation: Segmentation, logits: Tensor, size: tuple[int, int]) -> Segmentation:
    labels, confidence = label_map(logits, size)
    return replace(
        segmentation,
        labels=labels.cpu().numpy(),
        confidence=confidence.cpu().numpy(),
        scores=Scores(logits, size),
    )


def make_smoother(wanted: bool) -> Callable[[Frame, Segmentation], Segmentation] | None:
    """The smoother; None where it cannot work here and is not wanted from the start.

    Raises MissingLibraryError where it is wanted and cannot work.
    """
    try:
        return LabelSmoother()
    except MissingLibraryError:
        if wanted:
            raise
        return None

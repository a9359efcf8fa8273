"""How a result is painted: what a viewer's user may choose, and the pictures and clouds that follow from it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.cloud import CloudMaker, PointCloud
from app.depth_view import color_depth
from app.overlay import DEFAULT_OPACITY, Overlay
from app.palette import Palette, with_palette
from app.result import Result
from segmentation.classes import ClassSet
from segmentation.result import Segmentation

ImageKind = Literal["colour", "classes", "depth", "confidence", "entropy", "no depth"]
CloudKind = Literal["colour", "class", "depth", "confidence"]
IMAGE_KINDS: tuple[ImageKind, ...] = ("colour", "classes", "depth", "confidence", "entropy", "no depth")
CLOUD_KINDS: tuple[CloudKind, ...] = ("colour", "class", "depth", "confidence")
MISSING = (255, 0, 200)  # of pixels without depth: no camera picture and no palette has much of it
_DIMMED = 0.35


@dataclass(slots=True)
class Look:
    """What a user may choose about the picture; each viewer has its own.

    image, cloud: what is painted. opacity: of the classes over the colour image, 0..1. hidden: labels not shown. solo:
    the only label shown, None for all that are not hidden. names: class names in the picture. near_m, far_m: points
    outside are left out of the cloud.
    """

    image: ImageKind = "classes"
    cloud: CloudKind = "class"
    opacity: float = DEFAULT_OPACITY
    palette: Palette = "standard"
    hidden: set[int] = field(default_factory=set)
    solo: int | None = None
    names: bool = False
    near_m: float = 0.0
    far_m: float = math.inf
    point_size_px: float = 3.0

    def shows(self, label: int) -> bool:
        """Whether this label is shown."""
        return label == self.solo if self.solo is not None else label not in self.hidden

    def toggle(self, label: int) -> None:
        """Hide a class or show it again; while one is shown alone, end that, and show this one too."""
        if self.solo is not None:
            self.solo = None
            self.hidden.discard(label)
        else:
            self.hidden ^= {label}

    def toggle_solo(self, label: int) -> None:
        """Show one class alone, or all again that are not hidden."""
        self.solo = None if self.solo == label else label

    def show_all(self) -> None:
        """Hide none."""
        self.solo = None
        self.hidden.clear()

    def shown_table(self) -> NDArray[np.bool_]:
        """Whether each label is shown, (256,)."""
        return np.array([self.shows(label) for label in range(256)])

    @property
    def shows_all(self) -> bool:
        """Whether no label is left out."""
        return self.solo is None and not self.hidden


class Painter:
    """Paints results by a look; keeps its working memory between frames."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self._overlay = Overlay()
        self._make_cloud = CloudMaker()

    def classes(self, classes: ClassSet) -> ClassSet:
        """The classes with the colours they are painted in, as a legend needs them."""
        return with_palette(classes, self.look.palette)

    def image(self, kind: ImageKind, result: Result) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB, the caller's but for "colour", which is the frame's own."""
        frame, segmentation = result.frame, result.segmentation
        if kind == "colour":
            return frame.color
        if kind == "classes":
            return self._labelled(result, self.look.opacity)
        if kind == "depth":
            return color_depth(frame.depth_m)
        if kind == "confidence":
            return color_share(segmentation.confidence)
        if kind == "entropy":
            return color_share(entropy(segmentation))
        return paint_missing(frame.color, frame.depth_m)

    def cloud(self, result: Result) -> PointCloud:
        """The points of the shown classes within the range, coloured as look.cloud says."""
        frame, labels = result.frame, result.segmentation.labels
        kind = self.look.cloud
        image = self._labelled(result, 1.0) if kind == "class" else self.image(kind, result)
        depth_m = np.where(self.in_cloud(result), frame.depth_m, np.float32(0))
        return self._make_cloud(replace(frame, color=image, depth_m=depth_m), labels)

    def in_cloud(self, result: Result) -> NDArray[np.bool_]:
        """Which pixels (H, W) the cloud has, if they have a depth."""
        depth_m = result.frame.depth_m
        keeps = (depth_m >= self.look.near_m) & (depth_m <= self.look.far_m)
        if not self.look.shows_all and len(result.segmentation.classes):
            keeps &= self.look.shown_table()[result.segmentation.labels]
        return keeps

    def _labelled(self, result: Result, opacity: float) -> NDArray[np.uint8]:
        frame, segmentation = result.frame, result.segmentation
        self._overlay.opacity = opacity
        image = self._overlay(frame.color, replace(segmentation, classes=self.classes(segmentation.classes)))
        if not self.look.shows_all and len(segmentation.classes):
            import cv2

            hidden = cv2.LUT(segmentation.labels, (~self.look.shown_table()).astype(np.uint8))
            return np.asarray(cv2.copyTo(frame.color, hidden, image), np.uint8)
        return image


def color_share(share: NDArray[np.floating]) -> NDArray[np.uint8]:
    """(H, W) of 0..1 -> (H, W, 3) uint8 RGB from dark blue (0) to yellow (1), told apart also by the colour-blind."""
    import cv2

    steps = cv2.convertScaleAbs(np.asarray(share, np.float32), alpha=255)
    painted = cv2.applyColorMap(steps, cv2.COLORMAP_CIVIDIS)
    return cv2.cvtColor(painted, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def entropy(segmentation: Segmentation) -> NDArray[np.float32]:
    """How undecided the labels are, (H, W) 0..1; 1 - confidence where only the best class is known."""
    undecided = None if segmentation.scores is None else segmentation.scores.entropy()
    return 1 - segmentation.confidence.astype(np.float32) if undecided is None else undecided


def paint_missing(color: NDArray[np.uint8], depth_m: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The colour image darkened, with the pixels that have no depth in MISSING; (H, W, 3) uint8 RGB."""
    import cv2

    image = cv2.convertScaleAbs(color, alpha=_DIMMED)
    missing = (depth_m <= 0).astype(np.uint8)
    return np.asarray(cv2.copyTo(np.full_like(color, MISSING), missing, image), np.uint8)

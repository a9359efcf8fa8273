"""A result with fewer pixels, for clouds that would be too many points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.result import Result


def thinned(result: Result, stride: int) -> Result:
    """The same with every `stride`-th pixel of every `stride`-th row."""
    if stride == 1:
        return result
    frame, segmentation = result.frame, result.segmentation
    color, depth_m = (np.ascontiguousarray(plane[::stride, ::stride]) for plane in (frame.color, frame.depth_m))
    camera = frame.intrinsics
    height, width = depth_m.shape
    smaller = replace(
        camera,
        width=width,
        height=height,
        fx=camera.fx / stride,
        fy=camera.fy / stride,
        cx=camera.cx / stride,  # pixel centres are at integers, and pixel (0, 0) stays
        cy=camera.cy / stride,
    )
    labels = np.ascontiguousarray(segmentation.labels[::stride, ::stride])
    confidence = np.ascontiguousarray(segmentation.confidence[::stride, ::stride])
    return Result(
        replace(frame, color=color, depth_m=depth_m, intrinsics=smaller),
        replace(segmentation, labels=labels, confidence=confidence, scores=None),
        result.pulse,
    )

"""Cityscapes: fine annotations, stereo disparity and calibration, from the archives or unpacked."""

from __future__ import annotations

from training.prepare.cityscapes.reader import CityscapesReader, open_reader

__all__ = ["CityscapesReader", "open_reader"]

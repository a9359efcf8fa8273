"""NYUDv2's labelled frames: nyu_depth_v2_labeled.mat with its split and class mappings."""

from __future__ import annotations

from training.prepare.nyuv2.reader import NyuReader, open_reader

__all__ = ["NyuReader", "open_reader"]

"""Prepared samples on disk: colour, depth and labels as images, and one index of all of them.

DIR/index.json          who is in it: see sensors.prepared.read
DIR/color/NAME.jpg      or .png; 8-bit RGB
DIR/depth/NAME.png      16-bit grey in the index's depth_unit_m, 0 = no reading; as the camera gave it
DIR/depth_refined/      the same with its holes filled, where the data set has that
DIR/label/NAME.png      8-bit grey or palette, 0 = void, class i is i + 1
DIR/confidence/NAME.png  8-bit grey, 255 = certain, where a model predicted the labels; not read by training
"""

from __future__ import annotations

from sensors.errors import PreparedDataError
from sensors.prepared.read import PreparedIndex, read_index
from sensors.prepared.sample import DEPTH_KINDS, SPLITS, DepthKind, PreparedArrays, PreparedSample, Split
from sensors.prepared.write import remove_parts, write_index, write_sample

__all__ = [
    "DEPTH_KINDS",
    "SPLITS",
    "DepthKind",
    "PreparedArrays",
    "PreparedDataError",
    "PreparedIndex",
    "PreparedSample",
    "Split",
    "read_index",
    "remove_parts",
    "write_index",
    "write_sample",
]

"""The docs' picture of rooms: `python -m training.rooms.contact_sheet OUT.jpg FIRST_SEED`.

Twelve consecutive seeds, none chosen: colour, measured depth, labels.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from segmentation.classes import class_set
from sensors.rooms.room import Room
from training.paint import paint_depth, paint_labels

SIZE = (320, 240)
ROWS, COLUMNS = 6, 2
GAP_PX = 6


def contact_sheet(first_seed: int) -> NDArray[np.uint8]:
    """The picture (h, w, 3) uint8 RGB of ROWS * COLUMNS rooms from this seed on, row by row."""
    views = [_view(first_seed + number) for number in range(ROWS * COLUMNS)]
    rows = [np.concatenate(views[start : start + COLUMNS], axis=1) for start in range(0, len(views), COLUMNS)]
    return np.concatenate(rows)[:-GAP_PX, :-GAP_PX]


def _view(seed: int) -> NDArray[np.uint8]:
    room = Room(seed)
    frame = room.render(room.viewpoint(room.frame_rng(0)), room.intrinsics(SIZE))
    depth_m = (frame.depth_mm / 1000).astype(np.float32)
    panels = np.concatenate([frame.color, paint_depth(depth_m), paint_labels(frame.label, class_set("sunrgbd37"))], 1)
    return np.pad(panels, ((0, GAP_PX), (0, GAP_PX), (0, 0)), constant_values=255)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    Image.fromarray(contact_sheet(int(sys.argv[2]))).reduce(2).save(Path(sys.argv[1]), quality=88)

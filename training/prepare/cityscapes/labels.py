"""From Cityscapes' label ids to the 19 classes that are scored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.errors import PreparedDataError

# Of road, sidewalk, building, wall, fence, pole, traffic light, traffic sign, vegetation, terrain, sky, person, rider,
# car, truck, bus, train, motorcycle, bicycle; see segmentation.classes, "cityscapes19".
SCORED_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
HIGHEST_ID = 33
LICENCE_PLATE = 255  # its id is -1, which 8 bits make 255 of


def labels_of(ids: NDArray[np.uint8], where: object) -> NDArray[np.uint8]:
    """The image of a file *_labelIds.png (uint8, any shape) with 0 = void and class i as i + 1.

    where: the file, for messages. Raises PreparedDataError for an id that there is not.
    """
    labels = _TABLE[ids]
    if (labels == _NONE).any():
        wrong = int(ids[labels == _NONE].max())
        raise PreparedDataError(
            f"{where}: has id {wrong}; Cityscapes' label ids end at {HIGHEST_ID}; is it another picture of the labels?"
        )
    return labels


_NONE = 255
_TABLE = np.full(256, _NONE, np.uint8)
_TABLE[: HIGHEST_ID + 1] = 0
_TABLE[LICENCE_PLATE] = 0
_TABLE[list(SCORED_IDS)] = np.arange(1, len(SCORED_IDS) + 1)

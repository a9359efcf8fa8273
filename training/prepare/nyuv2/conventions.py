"""The two ways in which exported 40-class label images number their classes, told apart and made ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Convention = Literal["void-0", "void-255"]

CLASSES = 40
IGNORED = 255


def convention_of(images: Iterable[NDArray[np.uint8]]) -> Convention:
    """How the label images (uint8, any shape) of one export number their classes; more images decide more surely.

    "void-0": 0 = void, classes 1..40. "void-255": classes 0..39, 255 = void. Raises ValueError where the values fit
    neither, or both: without a 40 and without a 255 nothing tells wall from void.
    """
    values = sorted({int(value) for image in images for value in np.unique(image)})
    shown = f"values {', '.join(map(str, values))}" if values else "no pixels"
    if outside := [value for value in values if value > CLASSES and value != IGNORED]:
        raise ValueError(f"are no labels of {CLASSES} classes: has {outside[0]} ({shown})")
    if CLASSES in values and IGNORED in values:
        raise ValueError(
            f"mixes both conventions: {CLASSES} is a class of one, {IGNORED} the void of the other ({shown})"
        )
    if CLASSES in values:
        return "void-0"
    if IGNORED in values:
        return "void-255"
    raise ValueError(
        f"could be numbered 0 = void, 1..{CLASSES} or 0..{CLASSES - 1}, {IGNORED} = void ({shown});"
        " look at more images of the export, or say which it is"
    )


def nyu40_labels(image: NDArray[np.uint8], convention: Convention | None = None) -> NDArray[np.uint8]:
    """A label image (uint8, any shape) with 0 = void and class i as i + 1.

    convention: how it is numbered; None: as convention_of says. Raises ValueError as convention_of does, and for a
    value that the convention does not have.
    """
    if convention is None:
        convention = convention_of([image])
    numbered = image if convention == "void-0" else image + np.uint8(1)  # uint8 wraps: 255 becomes 0
    if image.size and int(numbered.max()) > CLASSES:
        value = int(image[numbered > CLASSES].max())
        raise ValueError(f"has {value}, which labels numbered {convention} do not have")
    return numbered

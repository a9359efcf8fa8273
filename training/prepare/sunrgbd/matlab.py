"""The toolbox's MATLAB 5 files."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray

from sensors.errors import PreparedDataError, one_line
from training.prepare.member import Member

CURE = "download SUNRGBDtoolbox.zip again"


def variables(member: Member, *names: str) -> dict[str, Any]:
    """The variables of these names, squeezed. Raises PreparedDataError where one is not there."""
    content = member.read()
    try:
        found = scipy.io.loadmat(io.BytesIO(content), squeeze_me=True, variable_names=names)
    except Exception as error:  # whatever scipy's parser stumbles over
        raise PreparedDataError(f"{member}: is damaged or no MATLAB 5 file ({one_line(error)}); {CURE}") from error
    if missing := [name for name in names if name not in found]:
        raise PreparedDataError(f"{member}: has no {' and no '.join(missing)}; {CURE}")
    return found


def texts(cells: Any) -> list[str]:
    """A cell array of texts, however many there are."""
    array: NDArray[Any] = np.atleast_1d(np.asarray(cells))
    return [str(text) for text in array.ravel()]

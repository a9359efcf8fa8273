"""MATLAB 5 files, which the data sets' small files are; MATLAB 7.3's are HDF5."""

from __future__ import annotations

import io
from typing import Any

import scipy.io

from sensors.errors import PreparedDataError, one_line
from training.prepare.member import Member


def variables(member: Member, *names: str, cure: str) -> dict[str, Any]:
    """The variables of these names, without axes of length 1. cure: what to do about a damaged file, for messages.

    Raises PreparedDataError where one is not there.
    """
    content = member.read()
    try:
        found = scipy.io.loadmat(io.BytesIO(content), squeeze_me=True, variable_names=names)
    except NotImplementedError as error:
        raise PreparedDataError(f"{member}: is a MATLAB 7.3 file; expected the published one, of MATLAB 5") from error
    except Exception as error:  # scipy's reader has no errors of its own for damage: zlib's, numpy's, struct's
        reason = f"{member.size:,} bytes; {one_line(error) or type(error).__name__}"
        raise PreparedDataError(f"{member}: is damaged or no MATLAB 5 file ({reason}); {cure}") from error
    if missing := [name for name in names if name not in found]:
        raise PreparedDataError(f"{member}: has no {' and no '.join(missing)} (is it another file?); {cure}")
    return found

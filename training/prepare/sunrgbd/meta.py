"""What SUNRGBDMeta.mat says of the samples, in the order that the labels follow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sensors.errors import PreparedDataError
from training.prepare.matlab import variables
from training.prepare.member import Member
from training.prepare.sunrgbd.paths import CURE, cleaned, texts

FIELDS = ("rgbpath", "rgbname", "depthname")


class Described(NamedTuple):
    """position: of its label in SUNRGBD2Dseg.mat, from 0. color, depth: names of its image files."""

    position: int
    color: str
    depth: str


def read_meta(member: Member) -> dict[str, Described]:
    """By the sample's folder. Raises PreparedDataError where a folder occurs twice."""
    meta = np.atleast_1d(variables(member, "SUNRGBDMeta", cure=CURE)["SUNRGBDMeta"])
    if missing := [field for field in FIELDS if field not in (meta.dtype.names or ())]:
        raise PreparedDataError(f"{member}: SUNRGBDMeta has no {' and no '.join(missing)}; {CURE}")
    described: dict[str, Described] = {}
    rows = zip(*(texts(meta[field]) for field in FIELDS), strict=True)
    for position, (path, color, depth) in enumerate(rows):
        try:
            folder = cleaned(path).rpartition("/image/")[0]
        except ValueError as error:
            raise PreparedDataError(f"{member}: {error}; {CURE}") from error
        if folder in described:
            raise PreparedDataError(f"{member}: {folder} occurs twice; {CURE}")
        described[folder] = Described(position, color, depth)
    return described

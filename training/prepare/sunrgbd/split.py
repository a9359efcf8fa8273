"""Which sample belongs to which split: allsplit.mat."""

from __future__ import annotations

from typing import Any

from sensors.errors import PreparedDataError
from sensors.prepared import Split
from training.prepare.matlab import variables
from training.prepare.member import Member
from training.prepare.sunrgbd.paths import CURE, cleaned, texts

# trainvalsplit divides the 5285 of alltrain.
OFFICIAL: dict[Split, int] = {"train": 2666, "val": 2619, "test": 5050}


def read_split(member: Member) -> dict[Split, list[str]]:
    """The folders of every split, in the file's order.

    trainvalsplit, which is made for choosing models, divides alltrain; alltest is the test split. Raises
    PreparedDataError where a sample occurs twice or the parts are not alltrain.
    """
    found = variables(member, "alltrain", "alltest", "trainvalsplit", cure=CURE)
    parts = found["trainvalsplit"]
    try:
        lists = {"train": parts["train"], "val": parts["val"], "test": found["alltest"], "alltrain": found["alltrain"]}
        folders = {name: _folders(cells) for name, cells in lists.items()}
    except (ValueError, IndexError, TypeError, KeyError) as error:
        raise PreparedDataError(f"{member}: is no list of SUN RGB-D's samples ({error}); {CURE}") from error
    everything = [*folders["train"], *folders["val"], *folders["test"]]
    if repeated := len(everything) - len(set(everything)):
        raise PreparedDataError(f"{member}: {repeated} samples belong to two splits; {CURE}")
    if set(folders["alltrain"]) != {*folders["train"], *folders["val"]}:
        raise PreparedDataError(f"{member}: trainvalsplit is not what alltrain consists of; {CURE}")
    return {"train": folders["train"], "val": folders["val"], "test": folders["test"]}


def _folders(cells: Any) -> list[str]:
    inner = cells.item() if getattr(cells, "ndim", 1) == 0 else cells  # of a struct a field is wrapped once more
    return [cleaned(text) for text in texts(inner)]

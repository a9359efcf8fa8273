"""What one line of `rgbd-live doctor` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

State = Literal["ok", "warning", "fail", "absent"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    state: "ok"; "warning" = works with a restriction; "fail" = broken; "absent" = not there, and not needed for
    everything. cure: what to run or do; every line that is not "ok" has one.
    """

    name: str
    state: State
    found: str
    cure: str = ""

    def __post_init__(self) -> None:
        if self.state not in get_args(State):
            raise ValueError(f"expected one of {get_args(State)}, got {self.state!r}")
        if self.state != "ok" and not self.cure:
            raise ValueError(f"{self.name}: a line that is not ok needs a cure")

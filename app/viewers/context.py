"""What every viewer is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.cloud import PointCloud
from app.controls import Controls
from app.palette import Palette


class MapToggle(Protocol):
    """The semantic map as a viewer sees it."""

    @property
    def is_on(self) -> bool:
        """Whether frames are fused; a viewer may set it."""
        ...

    @is_on.setter
    def is_on(self, on: bool) -> None: ...

    def snapshot(self) -> PointCloud | None:
        """The map so far, in the first frame's camera space; None while there is none. Cheap; from any thread."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewContext:
    """title: the source's name. model: the network's. saves: where the save key writes.

    map: None where none can be made.
    """

    title: str
    model: str
    controls: Controls
    palette: Palette = "standard"
    map: MapToggle | None = None
    saves: Path = Path("rgbd-live-saves")

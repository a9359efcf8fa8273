"""What passes between the program and the process of its 3D window."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.viewers.shared.classes_seen import LegendRow

Size: TypeAlias = tuple[int, int]  # width and height in pixels

# To the window.


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """place: of the window on the screen: left, top, width, height. camera: (4, 4), from the eye's space."""

    place: tuple[int, int, int, int]
    camera: NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the controls need to know once; settings: the values to begin with, by name.

    pose: where a window stood that this one follows.
    """

    title: str
    choices: dict[str, tuple[str, ...]]
    settings: dict[str, Any]
    switches: dict[str, str]
    frame_count: int | None
    seekable: bool
    pose: Pose | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CloudUpdate:
    """points_m (N, 3) float32, colors (N, 3) uint8. capacity: the most points that such frames can have.

    center_m: what the view is turned about, once.
    """

    points_m: NDArray[np.float32]
    colors: NDArray[np.uint8]
    capacity: int
    center_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Update:
    """What to show from now on.

    images: (h, w, 3) uint8 RGB by panel; those that are left out stay as they are, as does the cloud where it is None.
    """

    frame_size: Size
    images: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    cloud: CloudUpdate | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    classes: tuple[LegendRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ResetView:
    """Look from where the camera is."""


@dataclass(frozen=True, slots=True)
class TakePicture:
    """Answer with a Picture, once the last update is on the screen."""


@dataclass(frozen=True, slots=True)
class Close:
    """End the process."""


ToWindow: TypeAlias = Setup | Update | ResetView | TakePicture | Close

# From the window.


@dataclass(frozen=True, slots=True)
class Ready:
    """The window is open.

    renderer: the device's name, "" where not known. is_software: whether the processor draws. spent_s: as in Drawn.
    """

    renderer: str
    is_software: bool
    spent_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Broken:
    """No window can be opened; why, and the cure."""

    reason: str


@dataclass(frozen=True, slots=True)
class Laid:
    """How large the panels are now, by name; scale: pixels of this screen per pixel of an ordinary one."""

    sizes: dict[str, Size]
    scale: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """The last update is on the screen.

    spent_s: what the process has taken of the processor so far. memory_mib: what it holds, 0 where not known.
    """

    spent_s: float
    memory_mib: float = 0.0
    pose: Pose | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key, by its character or a name such as "right"."""

    key: str


@dataclass(frozen=True, slots=True)
class Pointed:
    """The mouse on the picture's panel, in its pixels; kind: down, move, up or forget. whole: a thing is meant."""

    kind: str
    at: tuple[int, int]
    whole: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PointedInSpace:
    """A click on the cloud: the ray's start (3,) and direction (3,), metres in the camera's space."""

    origin_m: NDArray[np.float64]
    direction: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A control was moved."""

    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """A part of the window could not be drawn; the rest goes on."""

    part: str
    error: str


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """The window (h, w, 3) uint8 RGB; None where it cannot be read back. cloud: at least the cloud's panel then."""

    image: NDArray[np.uint8] | None
    cloud: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """Someone has closed the window."""


FromWindow: TypeAlias = (
    Ready | Broken | Laid | Drawn | Pressed | Pointed | PointedInSpace | Chosen | Failed | Picture | Closed
)

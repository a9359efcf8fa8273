"""A furnished room from a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sensors.rooms.draw import between, chance, pick_weighted, whole
from sensors.rooms.kinds import extras, homes, passages, wet, work
from sensors.rooms.kinds.extras import Extras
from sensors.rooms.placement.hanging import light_ceiling
from sensors.rooms.placement.littering import litter, litter_floor
from sensors.rooms.placement.plan import Plan
from sensors.rooms.placement.shell import Daylight, build_shell
from sensors.rooms.scene import Scene

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class RoomKind:
    """One kind of room.

    fill furnishes it, extras else stand about in it; share: how often it comes; long_m, short_m: its sides in metres;
    windows, doors: the fewest and the most; panels: how often its ceiling has a grid of lamps.
    """

    fill: Callable[[Plan, bool], None]
    extras: Extras
    share: float
    long_m: Range
    short_m: Range
    windows: tuple[int, int]
    doors: tuple[int, int] = (1, 1)
    panels: float = 0.0


KINDS: dict[str, RoomKind] = {
    "bedroom": RoomKind(homes.bedroom, extras.HOME, 0.18, (3.0, 4.4), (2.7, 3.6), (1, 2)),
    "living_room": RoomKind(homes.living_room, extras.HOME, 0.15, (3.6, 5.4), (3.0, 4.2), (1, 3)),
    "kitchen": RoomKind(wet.kitchen, extras.COOKING, 0.13, (2.9, 4.5), (2.4, 3.4), (1, 2), panels=0.1),
    "bathroom": RoomKind(wet.bathroom, extras.WASHING, 0.18, (2.2, 3.3), (1.8, 2.5), (0, 1)),
    "office": RoomKind(work.office, extras.WORK, 0.09, (3.2, 5.2), (2.7, 4.0), (1, 2), panels=0.6),
    "classroom": RoomKind(work.classroom, extras.WORK, 0.05, (4.6, 6.6), (4.0, 5.2), (1, 3), panels=0.7),
    "corridor": RoomKind(passages.corridor, extras.HOME, 0.04, (3.0, 5.0), (1.6, 2.6), (0, 1), (1, 3), panels=0.3),
    "storage_room": RoomKind(passages.storage_room, extras.STORE, 0.04, (2.6, 3.8), (2.2, 3.1), (0, 1), panels=0.3),
    "dining_room": RoomKind(homes.dining_room, extras.HOME, 0.04, (3.3, 4.7), (2.9, 3.9), (1, 2)),
    "meeting_room": RoomKind(work.meeting_room, extras.WORK, 0.03, (3.8, 5.6), (3.2, 4.4), (0, 2), panels=0.7),
    "childrens_room": RoomKind(homes.childrens_room, extras.HOME, 0.05, (3.0, 4.2), (2.6, 3.5), (1, 2)),
    "library": RoomKind(work.library, extras.WORK, 0.02, (3.6, 5.6), (3.2, 4.4), (0, 2), panels=0.5),
    "lab": RoomKind(work.lab, extras.WORK, 0.02, (3.6, 5.2), (3.1, 4.3), (0, 2), panels=0.8),
    "furniture_shop": RoomKind(passages.furniture_shop, extras.SHOW, 0.06, (4.4, 6.2), (3.8, 5.0), (0, 1), panels=0.5),
}
ROOM_KINDS = tuple(KINDS)


def furnish(seed: int, kind: str | None = None) -> Scene:
    """A room of this kind (by default one of ROOM_KINDS, homes more often); the same seed gives the same scene.

    Raises ValueError for an unknown kind.
    """
    plan, lit = plan_room(seed, kind)
    width, depth, high = plan.size_m
    lamps = sorted(plan.lamps, key=lambda lamp: -lamp.power)
    return Scene(
        kind=plan.kind,
        size_m=(width, depth, high),
        primitives=tuple(plan.primitives),
        lamps=tuple(lamps),
        ambient=lit.ambient,
        sky=lit.sky,
        footprints=tuple(plan.footprints),
        sights=tuple(plan.sights),
    )


def plan_room(seed: int, kind: str | None = None) -> tuple[Plan, Daylight]:
    """The plan behind furnish(), and the room's light; see there."""
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind of room: expected one of {', '.join(ROOM_KINDS)}, got {kind!r}")
    rng = np.random.default_rng(seed)
    drawn = pick_weighted(rng, {name: k.share for name, k in KINDS.items()})
    kind = drawn if kind is None else kind
    made = KINDS[kind]
    long_m, short_m = between(rng, *made.long_m), between(rng, *made.short_m)
    size = (long_m, short_m) if chance(rng, 0.5) else (short_m, long_m)
    high = between(rng, 2.35, 2.9) if made.panels < 0.5 else between(rng, 2.5, 3.2)
    plan = Plan(rng, kind, (size[0], size[1], high))
    light = build_shell(plan, whole(rng, *made.doors), whole(rng, *made.windows))
    made.fill(plan, light.lit)
    extras.fill_up(plan, made.extras)
    light_ceiling(plan, light.lit, panels=made.panels)
    litter_floor(plan)
    litter(plan, light.lit)
    return plan, light

"""The patterns of sensors.rooms.materials, computed for the pixels that show them."""

from __future__ import annotations

from sensors.rooms.textures import building, cloth, printed, things
from sensors.rooms.textures.patch import Draw, Look, Patch

DRAW: dict[str, Draw] = {
    pattern: getattr(module, pattern)
    for module, patterns in (
        (building, "plain paint wallpaper wood planks tiles bricks marble speckle"),
        (cloth, "carpet fabric stripes checks dots floral folds leather"),
        (things, "metal plastic slats books paper keys leaves skin hair screen_off"),
        (printed, "picture poster screen_on view"),
    )
    for pattern in patterns.split()
}

__all__ = ["DRAW", "Look", "Patch"]

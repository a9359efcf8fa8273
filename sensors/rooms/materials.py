"""What a surface looks like, to a colour camera and to a depth sensor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from typing_extensions import Self

RGB = tuple[float, float, float]

# Each is a pattern computed from the exact local hit point; sensors.rooms.textures draws them.
Pattern = Literal[
    "plain",
    "paint",  # plain with a faint, large-scale unevenness
    "wallpaper",
    "wood",  # grain along the longest side
    "planks",
    "tiles",
    "bricks",
    "marble",
    "speckle",  # terrazzo, granite, laminate
    "carpet",
    "fabric",  # a fine weave
    "stripes",
    "checks",
    "dots",
    "floral",
    "leather",
    "metal",  # brushed
    "plastic",
    "folds",  # vertical waves of a curtain: colour and normals
    "slats",  # horizontal blades of a blind: colour and normals
    "books",  # upright spines of many colours along x
    "paper",  # white with grey lines of text
    "picture",  # an abstract painting, landscape or photograph
    "poster",
    "screen_off",
    "screen_on",  # a lit display: windows, text, pictures
    "keys",  # a keyboard
    "view",  # what a window shows: sky, trees, houses; lit by itself
    "leaves",
    "skin",
    "hair",
]
Surface = Literal["opaque", "mirror", "glass", "screen", "glow"]
PATTERNS = get_args(Pattern)


@dataclass(frozen=True, slots=True)
class Material:
    """A surface.

    color, accent: RGB albedo 0..1 as a picture would show it (gamma encoded); accent is the pattern's second colour.
    scale_m: the pattern's period in metres. strength: how strongly the pattern shows, 0..1. seed: which instance of it.
    gloss: specular share, 0..1. bump: how far the pattern tilts normals, 0..1.
    infrared: albedo in the near infra-red, 0..1; below about 0.1 an active depth sensor loses the surface.
    surface: "mirror" reflects, "glass" and "screen" may give a depth sensor nothing, "glow" emits its own light.
    """

    color: RGB
    pattern: Pattern = "plain"
    accent: RGB = (0.5, 0.5, 0.5)
    scale_m: float = 0.1
    strength: float = 1.0
    seed: int = 0
    gloss: float = 0.0
    bump: float = 0.0
    infrared: float = 0.6
    surface: Surface = "opaque"

    def __post_init__(self) -> None:
        if self.pattern not in PATTERNS:
            raise ValueError(f"pattern: expected one of {', '.join(PATTERNS)}, got {self.pattern!r}")

    def with_(self, **changes: object) -> Self:
        """The same material with some fields changed."""
        return replace(self, **changes)  # pyright: ignore[reportArgumentType]

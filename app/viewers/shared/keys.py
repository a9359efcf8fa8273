"""The window's keys: what each does, in one table that the help box shows and the codes are looked up in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """name: as the help has it. characters: any of these do it. does: the action's name. meaning: for people."""

    name: str
    characters: str
    does: str
    meaning: str


# Two columns of the help box. Arrows and the like have codes of their own below.
PLAYING = (
    Key("space", " ", "pause", "pause and go on"),
    Key("n or right arrow", "n", "step", "one frame further"),
    Key("left arrow", "", "back", "one frame back"),
    Key("page up, page down", "", "jump", "a tenth back, a tenth further"),
    Key("home, end", "", "ends", "first frame, last frame"),
    Key(", and .", "", "pace", "slower, faster"),
    Key("l", "l", "loop", "begin again at the end, or not"),
    Key("s", "s", "save", "save picture, mask and cloud"),
    Key("h", "h", "help", "this help"),
    Key("q or Esc", "q\x1b", "quit", "quit"),
)
LOOKING = (
    Key("v", "v", "view", "classes, confidence, entropy, no depth"),
    Key("d", "d", "depth", "label without looking at the depth"),
    Key("m", "m", "smooth", "steady the labels over time"),
    Key("+ and -, or ] and [", "", "opacity", "stronger or weaker classes"),
    Key("x", "x", "hide", "hide the class under the pointer"),
    Key("o", "o", "solo", "only the class under the pointer"),
    Key("r", "r", "reset", "show all classes"),
    Key("c", "c", "colours", "colours for colour-blind people"),
    Key("t", "t", "names", "names of the classes in the picture"),
)
POINTING = (
    Key("click", "", "", "class, confidence and place of a pixel"),
    Key("drag", "", "", "distance between two pixels"),
    Key("double or shift click", "", "", "size of a whole thing"),
    Key("right click", "", "", "forget what was clicked"),
)
_MORE = {
    "+": "stronger", "=": "stronger", "]": "stronger", "-": "weaker", "[": "weaker",
    ",": "slower", "<": "slower", ".": "faster", ">": "faster",
}  # fmt: skip
_CHARACTERS = {
    character: key.does for key in (*PLAYING, *LOOKING) for character in key.characters
} | _MORE  # fmt: skip
# Of X11, Qt, Windows and macOS.
_CODES = {
    "step": (65363, 16777236, 2555904, 63235),
    "back": (65361, 16777234, 2424832, 63234),
    "first": (65360, 16777232, 2359296, 63273),
    "last": (65367, 16777233, 2293760, 63275),
    "far_back": (65365, 16777238, 2162688, 63276),
    "far_on": (65366, 16777239, 2228224, 63277),
}
_ACTIONS = {code: action for action, codes in _CODES.items() for code in codes}


def action_of(code: int) -> str:
    """What a key code of cv2.waitKeyEx asks for; "" for nothing."""
    if code in _ACTIONS:
        return _ACTIONS[code]
    return _CHARACTERS.get(chr(code).lower(), "") if 0 <= code <= 255 else ""

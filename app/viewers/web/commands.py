"""What the page's script may ask for: clicks on the picture, the list of classes, and keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.controls import Controls
from app.look import IMAGE_KINDS, Look
from app.palette import PALETTES
from app.viewers.web.asking import Asking, Share

OPACITY_STEP = 0.1


class Commands:
    """Does them. save: keeps what is seen. Quick, from any thread."""

    def __init__(self, look: Look, asking: Asking, controls: Controls, save: Callable[[], None]) -> None:
        self._look, self._asking, self._controls, self._save = look, asking, controls, save

    def do(self, name: str, arguments: Mapping[str, str]) -> None:
        """Do one. Raises KeyError and ValueError for what makes no sense."""
        command = self._on_picture(arguments) | self._on_classes(arguments) | self._keys()
        command[name]()

    def _on_picture(self, arguments: Mapping[str, str]) -> dict[str, Callable[[], object]]:
        asking = self._asking
        return {
            "click": lambda: asking.click(_share(arguments, "x", "y")),
            "thing": lambda: asking.click(_share(arguments, "x", "y"), asks="region"),
            "drag": lambda: asking.drag(_share(arguments, "x", "y"), _share(arguments, "to_x", "to_y")),
            "forget": asking.forget,
        }

    def _on_classes(self, arguments: Mapping[str, str]) -> dict[str, Callable[[], object]]:
        return {
            "toggle": lambda: self._look.toggle(_label(arguments)),
            "solo": lambda: self._look.toggle_solo(_label(arguments)),
            "reset": self._look.show_all,
        }

    def _keys(self) -> dict[str, Callable[[], object]]:
        """Named as the window names them."""
        look, controls = self._look, self._controls
        return {
            "pause": lambda: _switch(controls, "paused"),
            "step": controls.step,
            "loop": lambda: _switch(controls, "loops"),
            "depth": lambda: _switch(controls, "uses_depth"),
            "smooth": lambda: _switch(controls, "smooth"),
            "names": lambda: _switch(look, "names"),
            "view": lambda: _next(look, "image", IMAGE_KINDS),
            "colours": lambda: _next(look, "palette", PALETTES),
            "stronger": lambda: self._blend(OPACITY_STEP),
            "weaker": lambda: self._blend(-OPACITY_STEP),
            "save": self._save,
        }

    def _blend(self, step: float) -> None:
        self._look.opacity = round(min(max(self._look.opacity + step, 0.0), 1.0), 2)


def _switch(of: object, name: str) -> None:
    setattr(of, name, not getattr(of, name))


def _next(of: object, name: str, choices: tuple[str, ...]) -> None:
    setattr(of, name, choices[(choices.index(getattr(of, name)) + 1) % len(choices)])


def _share(arguments: Mapping[str, str], x: str, y: str) -> Share:
    shares = float(arguments[x]), float(arguments[y])
    if not all(0 <= share < 1 for share in shares):
        raise ValueError(f"expected shares of the image, 0 to below 1, got {shares}")
    return shares


def _label(arguments: Mapping[str, str]) -> int:
    label = int(arguments["label"])
    if not 0 < label < 256:
        raise ValueError(f"no label: {label}")
    return label

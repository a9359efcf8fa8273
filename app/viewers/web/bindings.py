"""Controls of the page that stand for values of the program, whoever changes these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class _Bound:
    """told: what the control shows."""

    handle: Any
    owner: object
    name: str
    told: Any


class Bindings:
    """What people do with a control is set at once; what keys and others change, follow() shows in the controls.

    changed: called after a person has set something.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._bound: list[_Bound] = []

    def bind(self, handle: Any, owner: object, name: str, is_good: Callable[[Any], bool] = lambda _: True) -> None:
        """Let a viser input stand for owner's attribute; is_good: whether a value is one that was offered."""
        bound = _Bound(handle, owner, name, getattr(owner, name))
        self._bound.append(bound)

        def take(value: Any) -> None:
            bound.told = value
            if is_good(value):
                setattr(owner, name, value)

        self.on_hand(handle, take)

    def on_hand(self, handle: Any, take: Callable[[Any], object]) -> None:
        """Call take with a viser input's value when a person has set it, or pressed one of its buttons."""

        async def update(event: Any) -> None:  # a coroutine is called right when the value is there
            if event.client_id is not None:  # else it was follow()
                take(event.target.value)
                self._changed()

        (handle.on_click if hasattr(handle, "on_click") else handle.on_update)(update)

    def follow(self) -> None:
        """Show what has changed otherwise."""
        for bound in self._bound:
            value = getattr(bound.owner, bound.name)
            if value != bound.told:
                bound.told = bound.handle.value = value

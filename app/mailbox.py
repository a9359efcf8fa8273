"""One slot between two threads: the newest frame wins, or the writer waits until the slot is free."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """Holds at most one item. After close() nothing more goes in; what is inside can still be taken."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: Item | None = None
        self._closed = False
        self._error: Exception | None = None
        self.overwritten = 0

    def put(self, item: Item, *, wait: bool) -> bool:
        """Put an item in; wait: until the slot is free, instead of replacing what nobody took.

        Returns False when the mailbox is closed.
        """
        with self._changed:
            while wait and self._item is not None and not self._closed:
                self._changed.wait()
            if self._closed:
                return False
            self.overwritten += self._item is not None
            self._item = item
            self._changed.notify_all()
            return True

    def take(self, timeout_s: float) -> Item | None:
        """The item, or None when none came in time or none will ever come."""
        with self._changed:
            if self._item is None and not self._closed:
                self._changed.wait(timeout_s)
            item, self._item = self._item, None
            self._changed.notify_all()
            return item

    def clear(self) -> None:
        """Throw away what is inside."""
        with self._changed:
            self._item = None
            self._changed.notify_all()

    def close(self, error: Exception | None = None) -> None:
        """Nothing more is put in; wakes whoever waits. error: why it ends, for whoever takes."""
        with self._changed:
            self._closed = True
            self._error = self._error or error
            self._changed.notify_all()

    def check(self) -> None:
        """Raise what it was closed with, if anything."""
        if self._error is not None:
            raise self._error

    @property
    def finished(self) -> bool:
        """Closed and empty; raises what it was closed with."""
        with self._changed:
            finished = self._closed and self._item is None
        if finished:
            self.check()
        return finished

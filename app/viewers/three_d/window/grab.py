"""The picture of one window, from the X server."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.viewers.three_d.window.xlib import load_xlib

_ALL_PLANES, _Z_PIXMAP, _CARDINAL = 0xFFFFFFFF, 2, 6


class WindowGrabber:
    """Reads this process' own window; what lies over it is not in it where a compositor is at work, as on all desktops.

    Raises OSError where there is no X server or no such window.
    """

    def __init__(self) -> None:
        if not os.environ.get("DISPLAY"):
            raise OSError("no X server")
        self._x = load_xlib()
        self._display = self._x.XOpenDisplay(None)
        if not self._display:
            raise OSError("no X server")
        self._pid = self._x.XInternAtom(self._display, b"_NET_WM_PID", False)
        windows = [window for window in self._all(self._x.XDefaultRootWindow(self._display)) if self._is_ours(window)]
        if not windows:
            raise OSError("no window of this process")
        self._window = windows[-1]

    def grab(self, width: int, height: int) -> NDArray[np.uint8] | None:
        """(height, width, 3) uint8 RGB; None where the server does not give it."""
        image = self._x.XGetImage(self._display, self._window, 0, 0, width, height, _ALL_PLANES, _Z_PIXMAP)
        if not image:
            return None
        content = image.contents
        if content.bits_per_pixel != 32:
            return None
        raw = ctypes.string_at(content.data, content.bytes_per_line * content.height)
        self._x.XFree(content.data)
        rows = np.frombuffer(raw, np.uint8).reshape(content.height, content.bytes_per_line // 4, 4)
        return rows[:, :width, 2::-1].copy()

    def close(self) -> None:
        """Leave the server."""
        self._x.XCloseDisplay(self._display)

    def _all(self, window: int) -> Iterator[int]:
        """A window and all that are in it."""
        yield window
        root, parent = ctypes.c_ulong(), ctypes.c_ulong()
        children, count = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
        found = self._x.XQueryTree(
            self._display,
            window,
            ctypes.byref(root),
            ctypes.byref(parent),
            ctypes.byref(children),
            ctypes.byref(count),
        )
        inside = [children[index] for index in range(count.value)] if found and count.value else []
        if inside:
            self._x.XFree(children)
        for child in inside:
            yield from self._all(child)

    def _is_ours(self, window: int) -> bool:
        kind, form, count, left = ctypes.c_ulong(), ctypes.c_int(), ctypes.c_ulong(), ctypes.c_ulong()
        values = ctypes.POINTER(ctypes.c_ulong)()
        outputs = [ctypes.byref(value) for value in (kind, form, count, left, values)]
        self._x.XGetWindowProperty(self._display, window, self._pid, 0, 1, False, _CARDINAL, *outputs)
        is_ours = count.value == 1 and values[0] == os.getpid()
        if values:
            self._x.XFree(values)
        return is_ours

"""As much of Xlib as is needed, by its C interface."""

from __future__ import annotations

import ctypes
import os
import sys

_handler: list[object] = []  # kept from being collected while X may call it


class XImage(ctypes.Structure):
    """The beginning of Xlib's XImage."""

    _fields_ = (
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("xoffset", ctypes.c_int),
        ("format", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("byte_order", ctypes.c_int),
        ("bitmap_unit", ctypes.c_int),
        ("bitmap_bit_order", ctypes.c_int),
        ("bitmap_pad", ctypes.c_int),
        ("depth", ctypes.c_int),
        ("bytes_per_line", ctypes.c_int),
        ("bits_per_pixel", ctypes.c_int),
    )


def load_xlib() -> ctypes.CDLL:
    """Raises OSError where there is none."""
    x = ctypes.CDLL("libX11.so.6")
    window, anything = ctypes.c_ulong, ctypes.c_void_p
    x.XOpenDisplay.restype = anything
    x.XDefaultRootWindow.restype, x.XDefaultRootWindow.argtypes = window, (anything,)
    x.XQueryTree.argtypes = (anything, window, *([anything] * 4))
    x.XInternAtom.restype, x.XInternAtom.argtypes = window, (anything, ctypes.c_char_p, ctypes.c_int)
    longs = ctypes.c_long, ctypes.c_long, ctypes.c_int
    x.XGetWindowProperty.argtypes = (anything, window, window, *longs, window, *([anything] * 5))
    x.XFree.argtypes = x.XCloseDisplay.argtypes = (anything,)
    numbers = ctypes.c_int, ctypes.c_int, ctypes.c_uint, ctypes.c_uint, ctypes.c_ulong, ctypes.c_int
    x.XGetImage.restype, x.XGetImage.argtypes = ctypes.POINTER(XImage), (anything, window, *numbers)
    if not _handler:  # a window that is partly off the screen is an error, which would end the process
        kind = ctypes.CFUNCTYPE(ctypes.c_int, anything, anything)
        _handler.append(kind(lambda _display, _error: 0))
        x.XSetErrorHandler.argtypes = (anything,)
        x.XSetErrorHandler(_handler[0])
    return x


def unreachable_display() -> str | None:
    """That the X server does not answer, where there should be one: Open3D would not notice. None where all is well.

    The connection stays: a server begins anew when its last client leaves, and refuses who comes at that moment.
    """
    name = os.environ.get("DISPLAY")
    if not name or not sys.platform.startswith("linux"):
        return None
    try:
        x = load_xlib()
    except OSError:
        return None  # Open3D brings what it needs
    is_there = bool(x.XOpenDisplay(None))
    return None if is_there else f"the display does not answer; is DISPLAY={name} right?"

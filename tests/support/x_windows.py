"""What a person does to a window, done through the X server."""

from __future__ import annotations

import ctypes
import subprocess
import time


def wait_for_window(title: str, display: str, timeout_s: float = 30.0) -> str:
    """The number of the newest visible window whose title begins so. Raises TimeoutError."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        found = xdotool(display, "search", "--onlyvisible", "--name", f"^{title}").split()
        if found:
            return found[-1]
        time.sleep(0.1)
    raise TimeoutError(f"no window named {title}")


def xdotool(display: str, *arguments: str) -> str:
    """What it prints; nothing where it finds nothing."""
    command = ["xdotool", *arguments]
    done = subprocess.run(command, env={"DISPLAY": display}, capture_output=True, text=True, timeout=20, check=False)
    return done.stdout


class _ClientMessage(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("rest", ctypes.c_byte * 192),
    )


def click_close(window: str, display: str) -> None:
    """Ask the window to close, as the button in its frame does."""
    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype = ctypes.c_void_p
    x.XInternAtom.restype, x.XInternAtom.argtypes = ctypes.c_ulong, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
    x.XSendEvent.argtypes = (ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p)
    x.XCloseDisplay.argtypes = (ctypes.c_void_p,)
    server = x.XOpenDisplay(display.encode())
    protocols, delete = (x.XInternAtom(server, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"))
    event = _ClientMessage(type=33, window=int(window), message_type=protocols, format=32)
    event.data[0] = delete
    x.XSendEvent(server, int(window), 0, 0, ctypes.byref(event))
    x.XCloseDisplay(server)

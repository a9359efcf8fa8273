"""The main function of the window's process."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection

from app.viewers.three_d.messages import Broken, Ready, Setup, ToWindow
from app.viewers.three_d.vulkan import VULKAN_CURE, VulkanDevice, vulkan_devices
from app.viewers.three_d.window.xlib import unreachable_display

NICENESS = 5  # software drawing shares the processor with the network, which goes first
SOFTWARE_ONLY = "Vulkan has no graphics device here, only the processor"


def run_window(connection: Connection, only_hardware: bool) -> None:
    """Show a window until the other end says Close, goes away, or someone closes it; never returns.

    It ends the process at once, since Open3D and drivers may abort while they clean up.
    """
    _settle_in()
    code = 1
    try:
        code = _run(connection, only_hardware)
    except (EOFError, OSError):
        pass  # the program has gone
    finally:
        os._exit(code)


def _run(connection: Connection, only_hardware: bool) -> int:
    if reason := unreachable_display():
        connection.send(Broken(reason))
        return 0
    devices = vulkan_devices() if sys.platform.startswith("linux") else [VulkanDevice("", is_software=False)]
    if not devices:
        connection.send(Broken(f"no Vulkan driver answers; {VULKAN_CURE}"))
        return 0
    is_software = all(device.is_software for device in devices)
    if only_hardware and is_software:
        connection.send(Broken(SOFTWARE_ONLY))
        return 0
    if is_software and hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        from app.viewers.three_d.window.screen import Screen
    except (ImportError, OSError) as error:
        connection.send(Broken(f"open3d cannot be used ({str(error).splitlines()[0]})"))
        return 1
    setup = connection.recv()
    if not isinstance(setup, Setup):
        return 0
    screen = Screen(setup, connection.send)
    renderer = next((device.name for device in devices if device.is_software == is_software), "")
    connection.send(Ready(renderer, is_software, time.process_time()))
    screen.run(_inbox(connection))
    return 0


def _inbox(connection: Connection) -> queue.SimpleQueue[ToWindow]:
    """What the program sends, taken off the line at once so that it never waits; ends the process with the program."""
    inbox: queue.SimpleQueue[ToWindow] = queue.SimpleQueue()

    def read() -> None:
        try:
            while True:
                inbox.put(connection.recv())
        except (EOFError, OSError):
            os._exit(0)

    threading.Thread(target=read, name="inbox", daemon=True).start()
    return inbox


def _settle_in() -> None:
    """Leave signals to the program, say nothing, and prefer X11, on which Open3D's windows work, to Wayland."""
    for name in ("SIGINT", "SIGHUP", "SIGTERM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL if name == "SIGTERM" else signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    if os.environ.get("DISPLAY"):
        os.environ.pop("WAYLAND_DISPLAY", None)

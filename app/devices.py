"""`rgbd-live devices`: the cameras that are plugged in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from console.exit_codes import ExitCode

if TYPE_CHECKING:
    from sensors.cameras.realsense import DeviceInfo

NONE_FOUND = "no RealSense camera found: plug one into a USB 3 port; if one is plugged in, `rgbd-live doctor` says why"


def run(*, as_json: bool) -> int:
    """Print every camera to standard output; none is an answer like any other, so the exit code is 0.

    as_json: print a list of objects with the fields of DeviceInfo and nothing else.
    Raises MissingLibraryError where the SDK is not installed or cannot be loaded.
    """
    from sensors.cameras.realsense import list_devices

    devices = list_devices()
    if as_json:
        print(json.dumps([asdict(device) for device in devices], indent=2))
    elif devices:
        print_table(devices)
    else:
        print(NONE_FOUND)
    return ExitCode.DONE


def print_table(devices: Sequence[DeviceInfo]) -> None:
    """One row a camera."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in ("camera", "serial", "firmware", "USB"):
        table.add_column(heading, overflow="fold")
    table.add_column("modes", overflow="fold", ratio=1)
    for device in devices:
        cells = (device.name, device.serial, device.firmware, device.usb_type or "?", modes_summary(device))
        table.add_row(*(Text(cell) for cell in cells))
    Console(highlight=False).print(table)


def modes_summary(device: DeviceInfo) -> str:
    """For each stream the smallest and largest image and the slowest and fastest rate; --json has every mode."""
    lines = []
    for stream, word in (("color", "colour"), ("depth", "depth")):
        modes = [mode for mode in device.modes if mode.stream == stream]
        if modes:
            sizes = sorted(((mode.width, mode.height) for mode in modes), key=lambda size: size[0] * size[1])
            rates = [mode.fps for mode in modes]
            (w, h), (largest_w, largest_h) = sizes[0], sizes[-1]
            lines.append(f"{word} {w}x{h} to {largest_w}x{largest_h}, {min(rates)} to {max(rates)} fps")
    return "\n".join(lines) or "none"

"""The list of cameras: none, some, and no SDK."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from app import devices
from app.exit_codes import ExitCode, exit_code_of
from sensors.errors import MissingLibraryError


@dataclass(frozen=True)
class Camera:
    name: str = "Intel RealSense D435"
    serial: str = "0123456789"
    firmware: str = "5.16.0.1"
    usb_type: str = "3.2"
    product_line: str = "D400"
    modes: tuple[str, ...] = ("color 640x480@30", "depth 640x480@30")


@pytest.fixture
def plugged_in(monkeypatch):
    """Let the SDK list what the test says, or raise it."""

    def plug(*cameras, error=None):
        def list_devices():
            if error:
                raise error
            return list(cameras)

        monkeypatch.setitem(sys.modules, "sensors.realsense", SimpleNamespace(list_devices=list_devices))

    return plug


@pytest.mark.parametrize("count", [0, 1, 2])
def test_json_is_a_list(plugged_in, capfd, count):
    plugged_in(*(Camera(serial=str(number)) for number in range(count)))
    assert devices.run(as_json=True) == 0
    listed = json.loads(capfd.readouterr().out)
    assert [device["serial"] for device in listed] == [str(number) for number in range(count)]
    assert all(set(device) >= {"name", "serial", "firmware", "usb_type", "modes"} for device in listed)


def test_none_is_an_answer_and_says_what_to_try(plugged_in, capfd):
    plugged_in()
    assert devices.run(as_json=False) == 0
    output = capfd.readouterr()
    assert output.out.startswith("no RealSense camera found: ")
    assert "rgbd-live doctor" in output.out
    assert (output.out.count("\n"), output.err) == (1, "")


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_table_has_a_row_for_each_camera(plugged_in, capfd, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    plugged_in(Camera(), Camera(serial="9876543210", usb_type="2.1"))
    assert devices.run(as_json=False) == 0
    lines = capfd.readouterr().out.splitlines()
    assert max(len(line) for line in lines) <= int(columns)
    for serial, usb in (("0123456789", "3.2"), ("9876543210", "2.1")):
        (row,) = (line for line in lines if serial in line)
        assert usb in row
        assert "5.16.0.1" in row


@pytest.mark.parametrize("as_json", [False, True])
def test_without_the_sdk_nothing_is_printed_and_the_exit_code_is_5(plugged_in, capfd, as_json):
    plugged_in(error=MissingLibraryError("pyrealsense2 is not installed"))
    with pytest.raises(MissingLibraryError) as caught:
        devices.run(as_json=as_json)
    assert exit_code_of(caught.value) == ExitCode.CANNOT
    assert capfd.readouterr().out == ""

"""The list of cameras: none, some, and no SDK."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from app import devices
from console.exit_codes import ExitCode, exit_code_of
from sensors.cameras.realsense import DeviceInfo
from sensors.cameras.realsense_modes import CameraMode
from sensors.errors import MissingLibraryError

MODES = tuple(
    CameraMode(stream, width, height, fps, "rgb8" if stream == "color" else "z16")
    for stream, sizes in (("color", [(640, 480), (1920, 1080), (424, 240)]), ("depth", [(1280, 720), (480, 270)]))
    for width, height in sizes
    for fps in (6, 30, 60 if stream == "color" else 90)
)


def camera(**changes):
    facts = {"name": "Intel RealSense D435", "serial": "0123456789", "firmware": "5.16.0.1", "usb_type": "3.2"}
    return DeviceInfo(**facts | {"product_line": "D400", "modes": MODES} | changes)


@pytest.fixture
def plugged_in(monkeypatch):
    """Let the SDK list what the test says, or raise it."""

    def plug(*cameras, error=None):
        def list_devices():
            if error:
                raise error
            return list(cameras)

        monkeypatch.setattr("sensors.cameras.realsense.list_devices", list_devices)

    return plug


@pytest.mark.parametrize("count", [0, 1, 2])
def test_json_is_a_list(plugged_in, capfd, count):
    plugged_in(*(camera(serial=str(number)) for number in range(count)))
    assert devices.run(as_json=True) == 0
    listed = json.loads(capfd.readouterr().out)
    assert [device["serial"] for device in listed] == [str(number) for number in range(count)]
    keys = {"name", "serial", "firmware", "usb_type", "product_line", "modes"}
    assert all(set(device) == keys for device in listed)
    assert all(
        set(mode) == {"stream", "width", "height", "fps", "format"} for device in listed for mode in device["modes"]
    )


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
    plugged_in(camera(), camera(serial="9876543210", usb_type="2.1"))
    assert devices.run(as_json=False) == 0
    lines = capfd.readouterr().out.splitlines()
    assert max(len(line) for line in lines) <= int(columns)
    for serial, usb in (("0123456789", "3.2"), ("9876543210", "2.1")):
        (row,) = (line for line in lines if serial in line)
        assert usb in row
        assert "5.16.0.1" in row


def test_modes_are_summed_up_by_stream():
    summary = devices.modes_summary(camera())
    assert summary == "colour 424x240 to 1920x1080, 6 to 60 fps\ndepth 480x270 to 1280x720, 6 to 90 fps"
    assert devices.modes_summary(camera(modes=())) == "none"


def test_a_camera_that_says_little(plugged_in, capfd):
    plugged_in(camera(firmware="", usb_type="", modes=()))
    assert devices.run(as_json=False) == 0
    assert "?" in capfd.readouterr().out


@pytest.mark.parametrize("as_json", [False, True])
def test_without_the_sdk_nothing_is_printed_and_the_exit_code_is_5(plugged_in, capfd, as_json):
    plugged_in(error=MissingLibraryError("pyrealsense2 is not installed"))
    with pytest.raises(MissingLibraryError) as caught:
        devices.run(as_json=as_json)
    assert exit_code_of(caught.value) == ExitCode.CANNOT
    assert capfd.readouterr().out == ""


def test_the_sdk_missing_for_real(tmp_path):
    (tmp_path / "pyrealsense2.py").write_text("raise ImportError('libusb-1.0.so.0: cannot open shared object file')")
    code = "from app.devices import run; run(as_json=True)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.stdout == ""
    last = done.stderr.splitlines()[-1]
    assert "MissingLibraryError" in last
    assert "libusb-1.0-0" in last

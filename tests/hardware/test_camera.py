"""What only a real RealSense can show: `pytest -m camera` with one plugged in."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sensors.align import Aligner
from sensors.cameras.realsense import RealSenseSource, list_devices
from sensors.errors import MissingLibraryError

pytestmark = pytest.mark.camera


@pytest.fixture(autouse=True)
def _needs_a_camera() -> None:
    try:
        devices = list_devices()
    except MissingLibraryError as error:
        pytest.skip(str(error))
    if not devices:
        pytest.skip("no RealSense camera is plugged in")


def test_it_is_listed_with_serial_port_and_modes() -> None:
    for device in list_devices():
        assert device.serial
        assert device.usb_type
        assert {mode.stream for mode in device.modes} == {"color", "depth"}


def test_two_seconds_of_frames_are_whole_in_order_and_metric() -> None:
    aligner = Aligner()
    with RealSenseSource() as source:
        frames = list(itertools.islice(source, 60))
    assert [frame.index for frame in frames] == list(range(60))
    assert np.all(np.diff([frame.timestamp_s for frame in frames]) > 0)
    assert source.gaps < 10
    depth_m = aligner(frames[-1]).depth_m
    assert np.mean(depth_m > 0) > 0.05
    assert 0.1 < np.median(depth_m[depth_m > 0]) < 10


def test_it_can_be_opened_again_at_once() -> None:
    for _ in range(3):
        with RealSenseSource() as source:
            next(iter(source))

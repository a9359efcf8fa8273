"""The live camera's logic, against cameras that misbehave on command."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scripted_sdk import USB2_MODES, USB3_MODES, ScriptedCamera, ScriptedSdk

from sensors.cameras import realsense, realsense_link
from sensors.cameras.realsense import RealSenseSource, list_devices
from sensors.errors import DeviceLostError, DeviceModeError, DeviceNotFoundError, MissingLibraryError
from sensors.frames import RawFrame


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realsense, "SLICE_MS", 10)
    monkeypatch.setattr(realsense, "FIRST_FRAME_S", 0.3)
    monkeypatch.setattr(realsense, "SILENCE_S", 0.15)
    monkeypatch.setattr(realsense, "BACK_OFF_S", (0.01, 0.05))
    monkeypatch.setattr(realsense_link, "CLOSE_S", 0.1)


class Reader:
    """Iterates a source on a thread, as the program does, and keeps what it gives."""

    def __init__(self, source: RealSenseSource) -> None:
        self.source = source
        self.frames: list[RawFrame] = []
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            for frame in self.source:
                self.frames.append(frame)
        except Exception as error:
            self.error = error

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.source.stop()
        self.join()

    def join(self) -> None:
        self._thread.join(5)
        assert not self._thread.is_alive()


def until(condition: Any, timeout_s: float = 5.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


def open_camera(camera: ScriptedCamera, **options: Any) -> RealSenseSource:
    return RealSenseSource(sdk=ScriptedSdk(camera), **options)


def take(source: RealSenseSource, count: int) -> list[RawFrame]:
    frames: Iterator[RawFrame] = iter(source)
    return [next(frames) for _ in range(count)]


def test_frames_carry_what_the_camera_says() -> None:
    camera = ScriptedCamera(depth_unit_m=0.00025)
    with open_camera(camera) as source:
        camera.send(5)
        (frame,) = take(source, 1)
        assert source.info.name == "Scripted D435 (serial 1)"
        assert (source.info.kind, source.info.live, source.info.fps) == ("camera", True, 30.0)
        assert source.status.state == "streaming"
    assert (frame.index, frame.frame_number, frame.clock) == (0, 5, "global")
    assert frame.timestamp_s == pytest.approx(5 / 30)
    assert frame.depth_unit_m == 0.00025
    assert (frame.color[0, 0].tolist(), frame.depth_raw[0, 0]) == ([5, 0, 7], 1005)
    # The SDK's rotation is column by column: x goes to y.
    np.testing.assert_allclose(frame.color_from_depth.apply(np.array([1.0, 0, 0])), [0.015, 1, 0], atol=1e-12)
    assert (camera.started, camera.stopped) == (1, 1)


def test_frames_are_copies() -> None:
    camera = ScriptedCamera()
    with open_camera(camera) as source:
        camera.send(1)
        images = camera.sent.queue[0]
        (frame,) = take(source, 1)
    assert not np.shares_memory(frame.color, images[0].pixels)
    assert not np.shares_memory(frame.depth_raw, images[1].pixels)


def test_bgr_becomes_rgb() -> None:
    camera = ScriptedCamera(color_format="bgr8")
    with open_camera(camera) as source:
        camera.send(5)
        assert take(source, 1)[0].color[0, 0].tolist() == [7, 0, 5]


@pytest.mark.parametrize(
    ("domain", "clock"), [("hardware_clock", "hardware"), ("global_time", "global"), ("system_time", "host")]
)
def test_the_clock_is_named(domain: str, clock: str) -> None:
    camera = ScriptedCamera(domain=domain)
    with open_camera(camera) as source:
        camera.send(1, stamp_ms=1000 * time.time())
        (frame,) = take(source, 1)
    assert frame.clock == clock
    if clock == "host":
        assert abs(frame.timestamp_s - time.monotonic()) < 5


def test_the_camera_is_chosen_by_serial() -> None:
    sdk = ScriptedSdk(ScriptedCamera("1"), ScriptedCamera("2"))
    for serial, expected in ((None, "1"), ("1", "1"), ("2", "2")):
        with RealSenseSource(serial, sdk=sdk) as source:
            assert source.serial == expected
    with pytest.raises(DeviceNotFoundError, match=r"serial 3.*plugged in: 1, 2"):
        RealSenseSource("3", sdk=sdk).__enter__()


def test_no_camera_offers_what_works_without() -> None:
    with pytest.raises(DeviceNotFoundError, match=r"--bag.*demo"):
        RealSenseSource(sdk=ScriptedSdk()).__enter__()


def test_a_missing_sdk_names_both_cures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyrealsense2", None)
    for use in (RealSenseSource().__enter__, list_devices):
        with pytest.raises(MissingLibraryError, match=r"pip install pyrealsense2,.*apt install libusb-1.0-0"):
            use()


@pytest.mark.parametrize(
    ("size", "fps", "color", "depth"),
    [
        (None, None, (640, 480, "rgb8", 30), (640, 480, "z16", 30)),
        ((1280, 720), None, (1280, 720, "rgb8", 30), (1280, 720, "z16", 30)),
        (None, 60, (640, 480, "rgb8", 60), (640, 480, "z16", 60)),
        ((424, 240), 6, (424, 240, "rgb8", 6), (424, 240, "z16", 6)),
        ((1920, 1080), None, (1920, 1080, "rgb8", 30), (1280, 720, "z16", 30)),
    ],
)
def test_size_and_rate_are_chosen(size: Any, fps: Any, color: Any, depth: Any) -> None:
    camera = ScriptedCamera(color_modes=[*USB3_MODES, (1920, 1080, 30)], depth_modes=USB3_MODES)
    with open_camera(camera, size=size, fps=fps):
        assert camera.used_sizes == [(color, depth)]


def test_colour_takes_a_rate_that_depth_has_too() -> None:
    camera = ScriptedCamera(color_modes=[(640, 480, 30), (640, 480, 25)], depth_modes=[(640, 480, 25)])
    with open_camera(camera):
        assert [mode[3] for mode in camera.used_sizes[0]] == [25, 25]


def test_a_mode_the_port_cannot_carry_names_the_port_and_the_nearest() -> None:
    camera = ScriptedCamera(usb_type="2.1", color_modes=USB2_MODES, depth_modes=USB2_MODES)
    with pytest.raises(DeviceModeError) as caught:
        open_camera(camera, size=(640, 480), fps=30).__enter__()
    message = str(caught.value)
    for part in ("640x480 at 30 fps", "USB 2.1", "nearest: 640x480 at 15 fps", "424x240 at 30 fps"):
        assert part in message
    assert "\n" not in message
    assert camera.started == 0


def test_a_combination_that_does_not_resolve_is_explained_before_the_start() -> None:
    camera = ScriptedCamera(resolves=False)
    with pytest.raises(DeviceModeError, match="nearest"):
        open_camera(camera, size=(16, 12), fps=30).__enter__()
    assert camera.started == 0


def test_without_options_the_mode_follows_the_port_with_a_word(caplog: pytest.LogCaptureFixture) -> None:
    camera = ScriptedCamera(usb_type="2.1", color_modes=USB2_MODES, depth_modes=USB2_MODES)
    with open_camera(camera):
        assert camera.used_sizes[0][0] == (640, 480, "rgb8", 15)
    assert any("USB 2.1" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(("gone", "word"), [("color_modes", "colour"), ("depth_modes", "depth")])
def test_a_camera_that_lacks_a_stream(gone: str, word: str) -> None:
    with pytest.raises(DeviceModeError, match=f"no {word} stream"):
        open_camera(ScriptedCamera(**{gone: []})).__enter__()


def test_colour_from_the_depth_sensor() -> None:
    camera = ScriptedCamera(one_sensor=True)
    with open_camera(camera) as source:
        camera.send(1)
        assert take(source, 1)[0].color.shape == (12, 16, 3)


@pytest.mark.parametrize("unit", [0.0, None, float("nan")])
def test_a_depth_unit_of_nothing_is_refused_and_the_camera_released(unit: float | None) -> None:
    camera = ScriptedCamera(depth_unit_m=unit)
    with pytest.raises(DeviceModeError, match="depth unit"):
        open_camera(camera).__enter__()
    assert (camera.started, camera.stopped) == (1, 1)


def test_a_busy_camera_is_one_line_with_causes() -> None:
    with pytest.raises(DeviceModeError, match=r"busy.*another program") as caught:
        open_camera(ScriptedCamera(busy=True)).__enter__()
    assert "\n" not in str(caught.value)


def test_a_promised_rate_is_kept_in_dim_light() -> None:
    camera = ScriptedCamera()
    with open_camera(camera):
        assert camera.options == {}
    with open_camera(camera, fps=30):
        assert camera.options == {"auto_exposure_priority": 0}


def test_gaps_are_counted_and_doubles_are_not_given_twice() -> None:
    camera = ScriptedCamera()
    with open_camera(camera) as source:
        camera.send(10)
        camera.send(10)
        camera.send(11, depth_number=10)
        camera.send(11, color=False)
        camera.send(11, depth=False)
        camera.send(12)
        camera.send(16)
        frames = take(source, 3)
        assert [frame.frame_number for frame in frames] == [10, 12, 16]
        assert [frame.index for frame in frames] == [0, 1, 2]
        assert source.gaps == 1 + 3


@pytest.mark.parametrize(
    ("domain", "limit_ms"), [("global_time", 25.0), ("hardware_clock", 25.0), ("system_time", 33.3)]
)
def test_images_taken_apart_are_not_paired(domain: str, limit_ms: float) -> None:
    # As in recordings: a real D435 shows 0.61 of a period, and a camera of which no pair is taken would count as lost.
    camera = ScriptedCamera(domain=domain)
    with open_camera(camera) as source:
        camera.send(1)
        camera.send(2, depth_stamp_ms=2000 / 30 + limit_ms + 1)
        camera.send(3, depth_stamp_ms=3000 / 30 - limit_ms + 1)
        assert [frame.frame_number for frame in take(source, 2)] == [1, 3]
        assert source.gaps == 1


def test_stamps_and_numbers_that_jump_back_do_not_stop_it() -> None:
    camera = ScriptedCamera()
    with open_camera(camera) as source:
        camera.send(1000)
        camera.send(3)
        camera.send(4, stamp_ms=0.0)
        assert [frame.frame_number for frame in take(source, 3)] == [1000, 3, 4]
        assert source.gaps == 0


@pytest.mark.parametrize("quietly", [False, True])
@pytest.mark.parametrize("stop_takes_s", [0.0, 0.5])
def test_an_unplugged_camera_is_noticed_and_comes_back_by_serial(quietly: bool, stop_takes_s: float) -> None:
    camera, other = ScriptedCamera("1", stop_takes_s=stop_takes_s), ScriptedCamera("2")
    sdk = ScriptedSdk(camera)
    with RealSenseSource(sdk=sdk) as source, Reader(source) as reader:
        camera.send(10)
        camera.send(12)
        until(lambda: len(reader.frames) == 2)
        sdk.unplug(camera, quietly=quietly)
        until(lambda: source.status.state == "lost", 1.0)
        assert "serial 1" in source.status.message
        sdk.plug(other)
        time.sleep(0.1)
        assert other.started == 0
        sdk.plug(camera)
        until(lambda: camera.started == 2)
        camera.send(1)
        until(lambda: len(reader.frames) == 3)
        assert source.status.state == "streaming"
        assert [frame.index for frame in reader.frames] == [0, 1, 2]
        assert source.gaps == 1


def test_the_sdks_word_that_it_is_gone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realsense, "FIRST_FRAME_S", 3600)
    monkeypatch.setattr(realsense, "SILENCE_S", 3600)
    camera = ScriptedCamera()
    sdk = ScriptedSdk(camera, ScriptedCamera("2"))
    with RealSenseSource("1", sdk=sdk) as source, Reader(source) as reader:
        camera.send(1)
        until(lambda: reader.frames)
        sdk.unplug(sdk.cameras[1])
        sdk.plug(sdk.cameras[1])
        assert source.status.state == "streaming"
        sdk.unplug(camera)
        until(lambda: source.status.state == "lost", 1.0)


def test_a_driver_that_hangs_while_stopping_does_not_hold_up_the_return() -> None:
    camera = ScriptedCamera(stop_takes_s=2.0)
    sdk = ScriptedSdk(camera)
    with RealSenseSource(sdk=sdk) as source, Reader(source) as reader:
        camera.send(1)
        until(lambda: reader.frames)
        sdk.unplug(camera)
        until(lambda: source.status.state == "lost")
        sdk.plug(camera)
        until(lambda: camera.started == 2)
        assert camera.stopped == 0


def test_a_camera_that_stays_away_is_given_up() -> None:
    camera = ScriptedCamera()
    sdk = ScriptedSdk(camera)
    with RealSenseSource(sdk=sdk, reconnect_timeout_s=0.4) as source, Reader(source) as reader:
        camera.send(1)
        until(lambda: reader.frames)
        sdk.unplug(camera)
        reader.join()
        assert isinstance(reader.error, DeviceLostError)
        assert "serial 1" in str(reader.error)
        assert source.status.state == "lost"
    assert camera.stopped == 1


def test_a_camera_that_never_delivers_is_one_message_with_likely_causes() -> None:
    camera = ScriptedCamera()
    with open_camera(camera, reconnect_timeout_s=0.7) as source, pytest.raises(DeviceLostError) as caught:
        take(source, 1)
    message = str(caught.value)
    assert message.index("cable") < message.index("earlier program") < message.index("firmware")
    assert "\n" not in message
    assert camera.started == camera.stopped >= 2


def test_a_stalled_camera_is_reopened() -> None:
    camera = ScriptedCamera()
    with open_camera(camera) as source, Reader(source) as reader:
        camera.send(1)
        until(lambda: reader.frames)
        until(lambda: camera.started == 2)
        camera.send(1)
        until(lambda: len(reader.frames) == 2)


def test_an_image_of_another_size_reopens_the_camera() -> None:
    camera = ScriptedCamera()
    with open_camera(camera) as source, Reader(source) as reader:
        camera.send(1)
        camera.send(2, size=(8, 6))
        until(lambda: camera.started == 2)
        camera.send(3)
        until(lambda: len(reader.frames) == 2)
        assert source.status.state == "streaming"


def test_a_camera_that_comes_back_on_a_slow_port_says_so_when_given_up() -> None:
    camera = ScriptedCamera(color_modes=USB3_MODES, depth_modes=USB3_MODES)
    sdk = ScriptedSdk(camera)
    with RealSenseSource(size=(640, 480), fps=30, sdk=sdk, reconnect_timeout_s=0.4) as source, Reader(source) as reader:
        camera.send(1, size=(640, 480))
        until(lambda: reader.frames)
        camera.color_modes = camera.depth_modes = USB2_MODES
        camera.usb_type = "2.1"
        sdk.unplug(camera)
        sdk.plug(camera)
        reader.join()
        assert "USB 2.1" in str(reader.error)


def test_stop_ends_the_iteration_from_another_thread_also_while_lost() -> None:
    camera = ScriptedCamera()
    sdk = ScriptedSdk(camera)
    with RealSenseSource(sdk=sdk) as source:
        with Reader(source):
            source.stop()
            source.stop()
        with Reader(source) as reader:
            camera.send(1)
            until(lambda: reader.frames)
            sdk.unplug(camera)
            until(lambda: source.status.state == "lost")
    assert camera.started == camera.stopped == 1


def test_no_frame_comes_after_stop() -> None:
    camera = ScriptedCamera()
    with open_camera(camera) as source:
        frames = iter(source)
        camera.send(1)
        next(frames)
        camera.send(2)
        source.stop()
        assert list(frames) == []


def test_a_frame_that_arrives_while_stopping_is_not_given() -> None:
    camera = ScriptedCamera()
    with open_camera(camera) as source:
        link = source._link
        assert link is not None
        wait = link.wait

        def stop_and_wait(timeout_ms: int) -> Any:
            source.stop()
            return wait(timeout_ms)

        link.wait = stop_and_wait  # type: ignore[method-assign]
        camera.send(1)
        assert list(source) == []


def test_leaving_stops_the_camera_when_the_block_fails() -> None:
    camera = ScriptedCamera()
    with pytest.raises(KeyError), open_camera(camera):
        raise KeyError
    assert (camera.started, camera.stopped) == (1, 1)


def test_ctrl_c_while_entering_stops_the_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(realsense, "SourceInfo", interrupt)
    camera = ScriptedCamera()
    with pytest.raises(KeyboardInterrupt):
        open_camera(camera).__enter__()
    assert (camera.started, camera.stopped) == (1, 1)


def test_a_source_that_was_left_gives_nothing_and_does_not_reopen() -> None:
    camera = ScriptedCamera()
    with open_camera(camera) as source:
        pass
    assert list(source) == []
    assert camera.started == 1


def test_devices_are_listed_with_their_modes() -> None:
    sdk = ScriptedSdk(ScriptedCamera("1"), ScriptedCamera("2", usb_type="2.1"))
    devices = list_devices(sdk)
    assert [(device.serial, device.usb_type, device.firmware) for device in devices] == [
        ("1", "3.2", "5.16.0.1"),
        ("2", "2.1", "5.16.0.1"),
    ]
    assert {mode.stream for mode in devices[0].modes} == {"color", "depth"}
    assert "16x12 at 60 fps" in {str(mode) for mode in devices[0].modes}
    assert list_devices(ScriptedSdk()) == []

"""The live camera through the SDK's own pipeline, fed by a software device."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

rs: Any = pytest.importorskip("pyrealsense2", exc_type=ImportError)

from fake_camera import FakeCamera, FakeRig, Streaming  # noqa: E402

from sensors.cameras import realsense  # noqa: E402
from sensors.cameras.realsense import RealSenseSource, list_devices  # noqa: E402
from sensors.errors import DeviceModeError  # noqa: E402


class SoftwareSdk:
    """pyrealsense2 with one software device plugged in, which its contexts do not list by themselves."""

    def __init__(self, camera: FakeCamera) -> None:
        self._camera = camera

    def __getattr__(self, name: str) -> Any:
        return getattr(rs, name)

    def context(self) -> Any:
        return SimpleNamespace(
            query_devices=lambda: [self._camera.device], set_devices_changed_callback=lambda callback: None
        )

    def pipeline(self, context: Any) -> Any:
        pipeline = rs.pipeline()
        pipeline.set_device(self._camera.device)
        return pipeline

    class config(rs.config):
        def enable_device(self, serial: str) -> None:
            """Chosen by set_device."""


@pytest.mark.parametrize("color_format", ["rgb8", "bgr8"])
def test_frames_are_those_that_were_sent(color_format: str) -> None:
    rig = FakeRig(color_size=(64, 48), depth_size=(80, 60), color_format=color_format, depth_unit_m=0.00025)
    camera = FakeCamera(rig)
    with RealSenseSource(sdk=SoftwareSdk(camera)) as source, Streaming(camera):
        frames = [frame for frame, _ in zip(source, range(5), strict=False)]
        assert source.info.name == f"{rig.name} (serial {rig.serial})"
        assert source.info.reader.startswith("librealsense 2.")
    for index, frame in enumerate(frames):
        color, depth = rig.scene(frame.frame_number)
        np.testing.assert_array_equal(frame.color, color)
        np.testing.assert_array_equal(frame.depth_raw, depth)
        assert frame.index == index
        assert frame.clock == "hardware"
        assert frame.timestamp_s == pytest.approx(frame.frame_number / rig.fps)
        assert frame.depth_unit_m == pytest.approx(rig.depth_unit_m, rel=1e-6)
        assert frame.color_intrinsics.fx == pytest.approx(rig.color_intrinsics.fx, rel=1e-6)
        assert frame.depth_intrinsics.distortion_model == "brown_conrady"
        np.testing.assert_allclose(frame.color_from_depth.rotation, rig.color_from_depth.rotation, atol=1e-6)
        np.testing.assert_allclose(frame.color_from_depth.translation_m, rig.color_from_depth.translation_m, atol=1e-7)


def test_a_stream_that_stalls_is_taken_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realsense, "SILENCE_S", 0.2)
    camera = FakeCamera(FakeRig())
    with RealSenseSource(sdk=SoftwareSdk(camera)) as source, Streaming(camera) as streaming:
        frames = iter(source)
        next(frames)
        streaming.pause()
        lost = threading.Event()

        def resume_once_lost() -> None:
            while not lost.is_set():
                if source.status.state == "lost":
                    lost.set()
                time.sleep(0.01)
            streaming.resume()

        watcher = threading.Thread(target=resume_once_lost)
        watcher.start()
        index = 0
        while not lost.is_set():  # frames that were on their way when it stalled
            index = next(frames).index
        watcher.join()
        assert next(frames).index == index + 1
        assert source.status.state == "streaming"


def test_a_size_it_does_not_have_names_the_one_it_has() -> None:
    camera = FakeCamera(FakeRig())
    with pytest.raises(DeviceModeError, match="64x48 at 30 fps"):
        RealSenseSource(size=(1280, 720), sdk=SoftwareSdk(camera)).__enter__()


def test_a_unit_of_zero_is_refused() -> None:
    camera = FakeCamera(FakeRig(depth_unit_m=0.0))
    with pytest.raises(DeviceModeError, match="depth unit"):
        RealSenseSource(sdk=SoftwareSdk(camera)).__enter__()


def test_the_real_sdk_without_a_camera_lists_none_or_cameras() -> None:
    assert all(device.serial for device in list_devices())

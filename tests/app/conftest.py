"""Small sources, segmenters and folders for the live program's tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segmentation.classes import class_set
from segmentation.engines.history import EngineHistory
from segmentation.result import Segmentation
from sensors.frames import Frame, RawFrame
from sensors.geometry import CameraIntrinsics
from sensors.source import SourceInfo, SourceStatus

ROOT = Path(__file__).resolve().parent.parent.parent
WIDTH, HEIGHT = 64, 48
INTRINSICS = CameraIntrinsics(WIDTH, HEIGHT, 60.0, 61.0, 31.25, 24.5)


def raw_frame(index: int, *, empty_depth: bool = False, fps: float = 30.0) -> RawFrame:
    rng = np.random.default_rng(index)
    depth = rng.integers(500, 4000, (HEIGHT, WIDTH)).astype(np.uint16)
    depth[:, :5] = 0
    depth[:3] = 65535
    return RawFrame(
        index=index,
        timestamp_s=index / fps,
        clock="recording",
        color=rng.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8),
        depth_raw=np.zeros_like(depth) if empty_depth else depth,
        depth_unit_m=0.001,
        color_intrinsics=INTRINSICS,
        depth_intrinsics=INTRINSICS,
        frame_number=1000 + index,
    )


class FakeSource:
    """frames raw frames; then stalls, raises or ends. delay_s: time between frames."""

    def __init__(self, frames=5, *, live=False, delay_s=0.0, error=None, stall=False, empty_depth=False, deaf=0):
        self.frames, self.delay_s, self.error, self.stall, self.empty_depth = frames, delay_s, error, stall, empty_depth
        self.info = SourceInfo("fake", "camera" if live else "recording", live, None if live else frames, 30.0, "test")
        self.status = SourceStatus("streaming", "", time.monotonic())
        self.gaps, self.plays, self.given, self.closed = 0, 0, 0, False
        self._stopped = threading.Event()
        self._deaf = deaf  # so many calls of stop() are forgotten, as by a source that clears its flag on starting

    def stop(self) -> None:
        if self._deaf:
            self._deaf -= 1
        else:
            self._stopped.set()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback) -> None:
        self.closed = True

    def __iter__(self) -> Iterator[RawFrame]:
        return self.frames_from(0)

    def frames_from(self, position: int) -> Iterator[RawFrame]:
        self.plays += 1
        for index in range(position, self.frames):
            if self._stopped.wait(self.delay_s):
                return
            self.given += 1
            yield raw_frame(index, empty_depth=self.empty_depth)
        if self.error is not None:
            raise self.error
        while self.stall and not self._stopped.wait(0.01):
            pass


class FakeSegmenter:
    """Labels by brightness; delay_s: time a frame takes."""

    model_name, engine_name, device_name, precision = "fake-model", "fake", "cpu", "fp32"
    engine_reason = "as asked for"
    classes = class_set("sunrgbd37")

    def __init__(self, *, trained=False, delay_s=0.0):
        self.trained, self.delay_s, self.seen, self.closed = trained, delay_s, [], False
        self.history = EngineHistory()

    def close(self) -> None:
        self.closed = True

    def abandon(self) -> None:
        pass

    def predict(self, color, depth_m, focal_px) -> Segmentation:
        time.sleep(self.delay_s)
        self.seen.append((color, depth_m, focal_px))
        labels = (color.mean(axis=-1) % 37).astype(np.uint8) + np.uint8(1)
        confidence = np.full(labels.shape, 0.5, np.float16)
        stages_ms = {"preprocess": 1.0, "inference": 2.0, "postprocess": 3.0}
        return Segmentation(labels, confidence, self.classes, self.trained, stages_ms)


class FakeViewer:
    """Remembers what it was shown; quits after so many calls of attend()."""

    wait_s = 0.05

    def __init__(self, name="2d", quit_after=None):
        self.name, self.quit_after = name, quit_after
        self.shown, self.states, self.attended, self.closed = [], [], 0, False

    def show(self, result) -> None:
        self.shown.append(result.frame.index)

    def attend(self, status) -> bool:
        self.attended += 1
        self.states.append(status.state)
        return self.quit_after is None or self.attended < self.quit_after

    def picture(self) -> None:
        return None

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def source() -> type[FakeSource]:
    return FakeSource


@pytest.fixture
def segmenter() -> type[FakeSegmenter]:
    return FakeSegmenter


@pytest.fixture
def viewer() -> type[FakeViewer]:
    return FakeViewer


@pytest.fixture
def make_raw() -> Callable[..., RawFrame]:
    return raw_frame


@pytest.fixture
def result(segmenter) -> Callable[..., tuple[Frame, Segmentation]]:
    """A frame and its segmentation."""

    def make(index: int = 0, *, empty_depth: bool = False, trained: bool = False) -> tuple[Frame, Segmentation]:
        raw = raw_frame(index, empty_depth=empty_depth)
        depth_m = np.where(raw.depth_raw == 65535, 0, raw.depth_raw).astype(np.float32) * np.float32(0.001)
        frame = Frame(index, raw.timestamp_s, raw.color, depth_m, INTRINSICS, raw.frame_number)
        return frame, segmenter(trained=trained).predict(raw.color, depth_m, (60.0, 61.0))

    return make


@pytest.fixture(scope="session")
def picture_folder(tmp_path_factory) -> Path:
    """Twelve colour/depth pairs with intrinsics, as --frames takes them."""
    folder = tmp_path_factory.mktemp("frames")
    for index in range(12):
        raw = raw_frame(index)
        Image.fromarray(raw.color).save(folder / f"{index:03d}.color.png")
        Image.fromarray(raw.depth_raw).save(folder / f"{index:03d}.depth.png")
    note = {"fx": 60.0, "fy": 61.0, "cx": 31.25, "cy": 24.5, "depth_unit_m": 0.001}
    (folder / "intrinsics.json").write_text(json.dumps(note))
    return folder


@pytest.fixture
def without_display(monkeypatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


def program_environment(**changes: str | None) -> dict[str, str]:
    merged = {**os.environ, "DISPLAY": None, "WAYLAND_DISPLAY": None, **changes}
    return {name: value for name, value in merged.items() if value is not None}


@pytest.fixture
def start_program() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """rgbd-live as a child process without a display; environment: variables to set, or None to take away."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object, **environment: str | None) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-m", "app.main", *map(str, arguments)],
            cwd=ROOT,
            env=program_environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


@pytest.fixture
def run_program(start_program) -> Callable[..., tuple[int, str, str]]:
    """Exit code, stdout and stderr of rgbd-live."""

    def run(*arguments: object, **environment: str | None) -> tuple[int, str, str]:
        child = start_program(*arguments, **environment)
        out, errors = child.communicate(timeout=60)
        return child.returncode, out, errors

    return run

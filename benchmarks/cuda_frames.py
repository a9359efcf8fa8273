"""From a frame's arrival to its labels on a GPU: 640x480 frames, half precision, batch 1.

Latency is what a caller waits for engine.run. Host is the part of it in which this thread works rather than waits for
the device. Busy is the time of all kernels, by torch's profiler, in parts of the inference stage.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
import torch
from _cuda import device_title, wanted_device
from cuda_network import CLASSES, DRY_SIZES, SIZES, engine

from segmentation.engines.cuda.cuda_engine import CudaEngine
from segmentation.engines.cuda.recording import Event, record

FRAME_SIZE, DRY_FRAME_SIZE = (480, 640), (96, 128)  # height, width
FRAMES, DRY_FRAMES = 300, 3
TARGETS_MS = {"lite": 2.0, "r18": 4.0, "r50": 8.0}
LEAST_BUSY, MOST_HOST_MS = 0.8, 1.0
Frame = tuple[np.ndarray, np.ndarray, tuple[float, float]]


class WatchedEvent:
    """An event that adds up how long it was waited for."""

    def __init__(self, event: Event) -> None:
        self._event, self.waited_ms = event, 0.0

    def record(self) -> None:
        """See Event."""
        self._event.record()

    def synchronize(self) -> None:
        """See Event."""
        started_s = time.perf_counter()
        self._event.synchronize()
        self.waited_ms += 1e3 * (time.perf_counter() - started_s)

    def __getattr__(self, name: str) -> object:
        return getattr(self._event, name)


def frames(size: tuple[int, int], count: int) -> list[Frame]:
    """Noise over a receding wall with holes; the content does not change the work."""
    rng = np.random.default_rng(0)
    wall_m = np.linspace(1, 4, size[1], dtype=np.float32)[None].repeat(size[0], 0)
    made = []
    for _ in range(count):
        depth_m = np.where(rng.random(size) < 0.15, 0, wall_m).astype(np.float32)
        made.append((rng.integers(0, 256, (*size, 3), dtype=np.uint8), depth_m, (600.0, 600.0)))
    return made


def busy_ms(cuda: CudaEngine, some: list[Frame]) -> float:
    """The time of all kernels of a frame."""
    activity = torch.profiler.ProfilerActivity
    on_gpu = cuda.network.device.type == "cuda"
    with torch.profiler.profile(activities=[activity.CUDA if on_gpu else activity.CPU]) as profile:
        for frame in some:
            cuda.run(*frame)
    kernels = [event for event in profile.key_averages() if not event.key.startswith("Memcpy")]
    return sum(event.self_device_time_total for event in kernels) / 1e3 / len(some)


def main(arguments: list[str] | None = None) -> None:
    device = wanted_device(arguments)
    if device is None:
        return
    on_gpu = device.type == "cuda"
    size, count = (FRAME_SIZE, FRAMES) if on_gpu else (DRY_FRAME_SIZE, DRY_FRAMES)
    some = frames(size, 8)
    print(f"Frames of {size[1]}x{size[0]}, {CLASSES}; {device_title(device)}")
    print(
        f"{'':6}{'p50 ms':>8}{'target':>8}{'p99 ms':>8}{'host ms':>9}{'inference ms':>14}{'busy':>6}   targets:", end=""
    )
    print(f" host <= {MOST_HOST_MS} ms, busy >= {LEAST_BUSY}")
    for member, input_size in (SIZES if on_gpu else DRY_SIZES).items():
        network = engine(f"malleable-deresunet-{member}", input_size, device)
        cuda = CudaEngine(network, recorded=record if on_gpu else lambda work: work)
        for frame in some:
            cuda.run(*frame)
        watched = watch(cuda)
        totals_ms, inferences_ms = [], []
        for index in range(count):
            started_s = time.perf_counter()
            inferences_ms.append(cuda.run(*some[index % len(some)]).inference_ms)
            totals_ms.append(1e3 * (time.perf_counter() - started_s))
        host_ms, inference_ms = statistics.mean(totals_ms) - watched.waited_ms / count, statistics.median(inferences_ms)
        p50, p99 = np.percentile(totals_ms, (50, 99))
        print(f"{member:6}{p50:8.2f}{TARGETS_MS[member]:8.1f}{p99:8.2f}{host_ms:9.2f}", end="")
        print(f"{inference_ms:14.2f}{busy_ms(cuda, some) / inference_ms:6.2f}", flush=True)


def watch(cuda: CudaEngine) -> WatchedEvent:
    """The event that the engine waits for, watched from now on."""
    (prepared,) = cuda._sizes.values()
    watched = WatchedEvent(prepared._events[-1])
    prepared._events[-1] = watched  # pyright: ignore[reportCallIssue, reportArgumentType]
    return watched


if __name__ == "__main__":
    main()

"""What the benchmarks of a GPU share. Without one they say so; --dry-run does all the same, smaller and on a CPU."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import torch

from segmentation.engines.cuda.recording import record

REPLAYS = 20  # in a row, so that waiting for the last one is shared among them


def wanted_device(arguments: Sequence[str] | None = None) -> torch.device | None:
    """The GPU, the CPU for --dry-run, or None after a line that nothing was measured."""
    if "--dry-run" in (sys.argv[1:] if arguments is None else arguments):
        print("dry run: these are not figures of a GPU")
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda", 0)
    print("not measured: no CUDA device")
    return None


def device_title(device: torch.device) -> str:
    """The GPU's name and what runs on it."""
    name = "CPU" if device.type == "cpu" else torch.cuda.get_device_name(device)
    return f"{name}; torch {torch.__version__}, CUDA {torch.version.cuda}"


@torch.inference_mode()
def replay_medians_ms(
    ways: Mapping[str, Callable[[], torch.Tensor]], device: torch.device, repeats: int = 30
) -> dict[str, float]:
    """The median milliseconds of each way as a graph of launches; the ways take turns."""
    on_gpu = device.type == "cuda"
    calls = {name: record(way) if on_gpu else way for name, way in ways.items()}
    samples: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats if on_gpu else 2):
        for name, call in calls.items():
            started_s, times = time.perf_counter(), REPLAYS if on_gpu else 1
            for _ in range(times):
                call()
            if on_gpu:
                torch.cuda.synchronize(device)
            samples[name].append(1e3 * (time.perf_counter() - started_s) / times)
    return {name: statistics.median(taken) for name, taken in samples.items()}

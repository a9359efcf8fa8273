"""A child's part of the fused kernel's tests: launched for several sizes of images, as far as that goes without a GPU.

All that Triton does before a launch is done: it takes the arguments, times tiles (here by counting), and compiles for
compute capability 8.0. Prints, as JSON, how often a tile was timed; what was compiled lies in TRITON_CACHE_DIR.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import torch
from triton.backends.compiler import GPUTarget
from triton.runtime import driver

from segmentation.kernels import malleable_kernel
from segmentation.kernels.malleable_op import Convolution
from segmentation.malleable import MalleableConv2d

SIZES = ((60, 80), (31, 17), (1, 1))  # height, width; of numbers that are multiples of 16, that are not, and of ones
timed: list[float] = []


class NoDriver:
    """What Triton asks of a GPU's driver before a launch."""

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("cuda", 80, 32)

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, _device: int) -> int:
        return 0

    def get_benchmarker(self) -> Callable[..., list[float]]:
        return time_by_counting


def time_by_counting(call: Callable[[], object], **_: object) -> list[float]:
    call()
    timed.append(float(len(timed)))
    return [timed[-1]] * 3


def main() -> None:
    driver.set_active(NoDriver())  # pyright: ignore[reportArgumentType]
    kernel: Any = malleable_kernel._malleable
    launch = kernel.run
    kernel.run = lambda *arguments, warmup, **options: launch(*arguments, warmup=True, **options)
    malleable_kernel._tuned.configs = malleable_kernel._tuned.configs[-2:]
    layer = MalleableConv2d(64, 128, 3, stride=2, padding=1).half().eval()
    folded = layer._folded_once()
    for height, width in SIZES:
        x = torch.randn(1, 64, height, width).half()
        depth_m, focal_px = torch.ones(1, 1, 4 * height, 4 * width)[:, :, ::4, ::4], torch.ones(1, 2)
        given = x, depth_m, focal_px, 4.0, folded.matrices, folded.scalars, None, layer.window
        malleable_kernel.launch(Convolution(*given))
    print(json.dumps(len(timed)))


if __name__ == "__main__":
    main()

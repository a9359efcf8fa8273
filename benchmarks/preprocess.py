"""A 640x480 frame to a 320x240 network input, against the ordinary way: resize in float, normalise, transpose, copy."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from _measure import THREADS, medians_ms, print_heading

from segmentation.preprocess import Preprocessor

SIZE, INPUT_SIZE = (640, 480), (320, 240)
TARGET_MS = 2.5
MEAN, STD = np.array((0.485, 0.456, 0.406)), np.array((0.229, 0.224, 0.225))


def ordinary(color: np.ndarray, depth_m: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    scaled = (cv2.resize(color, INPUT_SIZE, interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255 - MEAN) / STD
    picked = cv2.resize(depth_m, INPUT_SIZE, interpolation=cv2.INTER_NEAREST)
    missing = picked == 0
    normalised = (picked - 2.378) / 1.235
    normalised[missing] = 0
    chw = np.ascontiguousarray(scaled.transpose(2, 0, 1)).astype(np.float32)
    return torch.from_numpy(chw)[None], torch.from_numpy(normalised)[None, None]


def main() -> None:
    torch.set_num_threads(THREADS)
    cv2.setNumThreads(THREADS)
    rng = np.random.default_rng(0)
    color = rng.integers(0, 256, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    depth_m = rng.uniform(0.5, 5, (SIZE[1], SIZE[0])).astype(np.float32)
    depth_m[rng.random(depth_m.shape) < 0.2] = 0
    preprocess = Preprocessor(INPUT_SIZE)
    ms = medians_ms(
        {
            "ordinary": lambda: ordinary(color, depth_m),
            "ours": lambda: preprocess(color, depth_m, (600.0, 600.0)),
        },
        repeats=200,
    )
    print_heading(f"{SIZE[0]}x{SIZE[1]} -> {INPUT_SIZE[0]}x{INPUT_SIZE[1]}; target {TARGET_MS} ms")
    ratio = ms["ours"] / ms["ordinary"]
    print(f"ordinary {ms['ordinary']:.2f} ms, ours {ms['ours']:.2f} ms, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()

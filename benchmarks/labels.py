"""Full-size labels from low-resolution logits, against interpolating all logits and taking the best."""

from __future__ import annotations

import torch
from _measure import THREADS, medians_ms, print_heading
from torch import Tensor
from torch.nn import functional as F

from segmentation.labels import label_map

CLASSES, SIZE = 37, (480, 640)
TARGET_MS = 20  # for the labels alone; the confidence may take 5 more


def smooth_logits(height: int, width: int) -> Tensor:
    """Regions like a trained network's: blobs of a quarter of the image, with soft borders and a little texture."""
    blobs = F.interpolate(torch.randn(1, CLASSES, 10, 13), size=(height, width), mode="bicubic") * 8
    return blobs + torch.randn(1, CLASSES, height, width) * 0.1


def harsh_logits(height: int, width: int) -> Tensor:
    """Regions of a few cells and much noise: about two of five cells have a neighbour of another class."""
    blobs = F.interpolate(torch.randn(1, CLASSES, height // 8, width // 8), size=(height, width), mode="bicubic") * 6
    return blobs + torch.randn(1, CLASSES, height, width) * 0.2


def disagreeing(best: Tensor) -> float:
    """The share of 2x2 cells that are not of one class; best: (h, w)."""
    corner = best[:-1, :-1]
    mixed = (best[1:, 1:] != corner) | (best[1:, :-1] != corner) | (best[:-1, 1:] != corner)
    return float(mixed.float().mean())


def interpolated(logits: Tensor) -> Tensor:
    return F.interpolate(logits, size=SIZE, mode="bilinear")


@torch.inference_mode()
def main() -> None:
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    height, width = SIZE
    print_heading(
        f"{CLASSES} classes, logits -> labels of {width}x{height}; target {TARGET_MS} ms, confidence 5 ms more"
    )
    print("  logits     map  mixed  argmax ms  max ms  ours ms  ratio  changed")
    for h, w in ((240, 320), (120, 160)):
        for name, make in (("smooth", smooth_logits), ("harsh", harsh_logits)):
            logits = make(h, w).contiguous(memory_format=torch.channels_last)  # as the network's last layer leaves them
            ways = {
                "argmax": lambda logits=logits: interpolated(logits).argmax(dim=1),
                "max": lambda logits=logits: interpolated(logits).max(dim=1).indices,
                "ours": lambda logits=logits: label_map(logits, SIZE),
            }
            ms = medians_ms(ways, repeats=15)
            best = interpolated(logits.double()).max(dim=1).indices[0]
            changed = int((label_map(logits, SIZE).labels != best + 1).sum())
            mixed = disagreeing(logits.max(dim=1).indices[0])
            times = f"{ms['argmax']:10.1f} {ms['max']:7.1f} {ms['ours']:8.1f} {ms['ours'] / ms['max']:6.2f}"
            print(f"{w}x{h:<4} {name:>7} {mixed:6.2f} {times} {changed:8d}")
    print("ours = labels and confidence; ratio = ours / max; changed = labels that differ from float64 interpolation")


if __name__ == "__main__":
    main()

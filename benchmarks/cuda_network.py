"""What malleable layers cost a whole network on a GPU in half precision: at most 1.25 times the network without them.

Network alone, batch 1, each as one graph of launches, taking turns; medians.
"""

from __future__ import annotations

import torch
from _cuda import device_title, replay_medians_ms, wanted_device

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.engines.torch_engine import TorchEngine
from segmentation.models import build_model
from segmentation.preprocess import NetworkInput

CLASSES, TARGET = "sunrgbd37", 1.25
SIZES = {"lite": (320, 240), "r18": (640, 480), "r50": (640, 480)}  # width, height of the network's input
DRY_SIZES = {"lite": (64, 48)}


def engine(name: str, size: tuple[int, int], device: torch.device) -> TorchEngine:
    card = ModelCard(name, class_set(CLASSES), size)
    return TorchEngine(card, build_model(name, len(card.classes)), device=str(device))


def network_input(size: tuple[int, int], device: torch.device) -> NetworkInput:
    width, height = size
    color = torch.randn(1, 3, height, width).contiguous(memory_format=torch.channels_last)
    depth_m = torch.where(torch.rand(1, 1, height, width) < 0.15, 0.0, 1 + 3 * torch.rand(1, 1, height, width))
    return NetworkInput(color.to(device), depth_m.to(device), torch.full((1, 2), 0.9 * width, device=device))


def main(arguments: list[str] | None = None) -> None:
    device = wanted_device(arguments)
    if device is None:
        return
    torch.manual_seed(0)
    print(f"Networks in {'half precision' if device.type == 'cuda' else 'float32'}; {device_title(device)}")
    print(f"{'':6}{'input':>10}{'plain ms':>10}{'malleable ms':>14}{'ratio':>7}   target {TARGET}")
    for member, size in (SIZES if device.type == "cuda" else DRY_SIZES).items():
        made = network_input(size, device)
        engines = {prefix: engine(f"{prefix}deresunet-{member}", size, device) for prefix in ("", "malleable-")}
        ways = {prefix: lambda one=one, made=made: one.logits(made) for prefix, one in engines.items()}
        ms = replay_medians_ms(ways, device)
        print(
            f"{member:6}{size[0]:6}x{size[1]:<3}{ms['']:10.3f}{ms['malleable-']:14.3f}{ms['malleable-'] / ms['']:7.2f}"
        )


if __name__ == "__main__":
    main()

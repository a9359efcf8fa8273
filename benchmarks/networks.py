"""The lite networks as the engine runs them, against the same network run as trained: one frame on the CPU."""

from __future__ import annotations

import torch
from _measure import THREADS, medians_ms, print_heading

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.engines.torch_engine import TorchEngine
from segmentation.models import build_model, model_summary
from segmentation.preprocess import NetworkInput

CLASSES, SIZE = 37, (320, 240)


def card(name: str) -> ModelCard:
    return ModelCard(name, class_set("sunrgbd37"), input_size=SIZE)


@torch.inference_mode()
def main() -> None:
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    width, height = SIZE
    color, depth_m = torch.randn(1, 3, height, width), torch.rand(1, 1, height, width) * 4 + 0.5
    frame = NetworkInput(color.contiguous(memory_format=torch.channels_last), depth_m, torch.full((1, 2), 300.0))
    names = ("malleable-deresunet-lite", "deresunet-lite")
    ways = {}
    for name in names:
        plain, engine = (
            build_model(name, CLASSES).eval(),
            TorchEngine(card(name), build_model(name, CLASSES), device="cpu"),
        )
        ways[f"{name} as trained"] = lambda plain=plain: plain(color, depth_m, frame.focal_px)
        ways[f"{name} engine"] = lambda engine=engine: engine.logits(frame)
    ms = medians_ms(ways, repeats=20)
    print_heading(f"{CLASSES} classes, input {width}x{height}, float32, milliseconds")
    print(f"{'':26} {'GMAC':>5} {'as trained':>11} {'engine':>7} {'ratio':>6}")
    for name in names:
        before, after = ms[f"{name} as trained"], ms[f"{name} engine"]
        gmac = model_summary(name, CLASSES, SIZE).gmac
        print(f"{name:26} {gmac:5.2f} {before:11.1f} {after:7.1f} {after / before:6.2f}")


if __name__ == "__main__":
    main()

"""What the parts of a training step cost one core: precision, memory layout, side heads, moving average."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from _measure import print_heading

from segmentation.models import build_model
from training.average import MovingAverage
from training.deep_supervision import SideHeads, watched_steps
from training.layout import channels_last, lay_channels_last
from training.losses import cross_entropy, targets_at
from training.parameters import parameter_groups

MODEL, WIDTH, HEIGHT, CLASSES, BATCH_SIZE = "malleable-deresunet-lite", 320, 240, 37, 8
REPEATS = 8


def step_of(*, bf16: bool, in_layout: bool, side: bool, averaged: bool) -> Callable[[], None]:
    """A training step of its own network."""
    torch.manual_seed(0)
    network = build_model(MODEL, CLASSES)
    if in_layout:
        lay_channels_last(network)
    heads = SideHeads(network, "decoder") if side else None
    averaging = MovingAverage(network, 0.999) if averaged else None
    optimizer = torch.optim.AdamW(parameter_groups([network, *([heads] if heads else [])]), lr=1e-4)
    color = torch.randn(BATCH_SIZE, 3, HEIGHT, WIDTH)
    depth_m = torch.rand(BATCH_SIZE, 1, HEIGHT, WIDTH) * 4
    focal_px = torch.full((BATCH_SIZE, 2), 300.0)
    target = torch.randint(0, CLASSES, (BATCH_SIZE, HEIGHT, WIDTH))
    weights = torch.ones(CLASSES)

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            with watched_steps(network, heads.steps if heads is not None else ()) as maps:
                logits = network(channels_last(color) if in_layout else color, depth_m, focal_px)
            loss = cross_entropy(logits, targets_at(target, logits.shape[-2:]), weights)
            for output in heads(maps) if heads is not None else ():
                loss = loss + cross_entropy(output, targets_at(target, output.shape[-2:], all_pixels=False), weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if averaging is not None:
            averaging.update(100)

    return step


def main() -> None:
    """Print the table; the ways take turns, so that a busy moment meets all of them."""
    torch.set_num_threads(1)  # of several, those that wait are counted too
    print_heading(f"training step of {MODEL}, {WIDTH}x{HEIGHT}, batch {BATCH_SIZE}", threads=1)
    ways = {
        "float32": step_of(bf16=False, in_layout=False, side=False, averaged=False),
        "bfloat16": step_of(bf16=True, in_layout=False, side=False, averaged=False),
        "+ channels-last": step_of(bf16=True, in_layout=True, side=False, averaged=False),
        "+ side heads": step_of(bf16=True, in_layout=True, side=True, averaged=False),
        "+ moving average": step_of(bf16=True, in_layout=True, side=True, averaged=True),
    }
    taken_s: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(REPEATS + 1):
        for name, way in ways.items():
            before_s = time.process_time()
            way()
            if turn:
                taken_s[name].append(time.process_time() - before_s)
    print("processor time, medians")
    for name, seconds in taken_s.items():
        sample_ms = 1e3 * statistics.median(seconds) / BATCH_SIZE
        print(f"{name:18} {sample_ms:6.1f} ms a sample, {1e3 / sample_ms:5.1f} samples/s")


if __name__ == "__main__":
    main()

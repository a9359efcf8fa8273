"""The data path of training against the training step: what a sample costs, and samples/s for 0, 1 and 2 workers.

Samples of rooms at the size that the network is fed with, and at the largest size of prepared SUN RGB-D.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _measure import THREADS, print_heading

from console.interrupt import Interrupt
from console.say import name_program
from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.models import build_model
from segmentation.preprocess import Preprocessor
from sensors.align import depth_in_metres
from sensors.prepared import PreparedIndex, read_index
from training.augment import LabelledFrame, build_augmentation
from training.datasets import SampleMemory, SegmentationDataset, build_loader, samples_of
from training.names import RECIPE_NAMES, RecipeName
from training.recipes import STRONG
from training.rooms_command import RoomsOptions, run

MODEL, SIZE, BATCH_SIZE = "malleable-deresunet-lite", (320, 240), 8
SUN_SIZE = (730, 530)
SAMPLES, EPOCHS, STEPS = 96, 4, 6
WORKERS = (0, 1, 2)
FED: tuple[tuple[RecipeName, bool], ...] = (("strong", False), ("strong", True), ("slides", False))
FED_AT_SUN_SIZE = FED[:2]
AIM_MS = 6  # of the strong recipe's augmentation


def rendered(folder: Path, size: tuple[int, int]) -> PreparedIndex:
    """Samples of rooms of this size, all of them to train on."""
    run(RoomsOptions(out=folder, count=SAMPLES, size=size, val_share=0.0), Interrupt())
    return read_index(folder)


def dataset(index: PreparedIndex, recipe: RecipeName, *, memory: bool = False) -> SegmentationDataset:
    samples = samples_of(index, "train")
    return SegmentationDataset(
        index,
        samples,
        num_classes=len(class_set(index.class_set)),
        input_size=SIZE,
        augment=build_augmentation(recipe, SIZE),
        memory=SampleMemory(samples) if memory else None,
    )


def print_costs(index: PreparedIndex) -> None:
    """CPU milliseconds of one sample in one process, by step."""
    arrays = [index.read(sample) for sample in index.samples]
    frames = [
        LabelledFrame(a.color, depth_in_metres(a.depth_steps, sample.depth_unit_m), a.label, sample.intrinsics)
        for a, sample in zip(arrays, index.samples, strict=True)
    ]
    preprocess = Preprocessor(SIZE)
    ways: dict[str, Callable[[int], object]] = {
        "decode": lambda i: index.read(index.samples[i]),
        **{f"augment, {recipe}": _augmented(recipe, frames) for recipe in RECIPE_NAMES},
        "normalise": lambda i: preprocess(frames[i].color, frames[i].depth_m, (300.0, 300.0)),
    }
    for name, way in ways.items():
        way(0)
        taken_ms = []
        for number in range(SAMPLES):
            started_s = time.process_time()
            way(number)
            taken_ms.append(1e3 * (time.process_time() - started_s))
        aim = f"   aim {AIM_MS}" if "strong" in name else ""
        print(f"  {name:20s} {np.mean(taken_ms):6.2f} {np.quantile(taken_ms, 0.95):6.2f}{aim}")


def _augmented(recipe: RecipeName, frames: list[LabelledFrame]) -> Callable[[int], object]:
    augment = build_augmentation(recipe, SIZE)
    return lambda i: augment(frames[i], np.random.default_rng((0, i)))


def endless(loader: Any) -> Iterator[dict[str, torch.Tensor]]:
    """Batches of epoch after epoch."""
    epoch = 0
    while True:
        loader.sampler.set_epoch(epoch)
        yield from loader
        epoch += 1


def rate(batches: Iterator[Any], step: Callable[[Any], object], count: int) -> float:
    """Samples a second."""
    started_s = time.perf_counter()
    for batch in islice(batches, count):
        step(batch)
    return count * BATCH_SIZE / (time.perf_counter() - started_s)


def training_step(index: PreparedIndex, dtype: torch.dtype) -> Callable[[dict[str, torch.Tensor]], None]:
    """What the strong recipe does with a batch."""
    from training.module import SegmentationModule

    classes = class_set(index.class_set)
    network = build_model(MODEL, len(classes)).train()
    module = SegmentationModule(
        network, ModelCard(MODEL, classes, SIZE), STRONG, torch.ones(len(classes)), learning_rate=1e-3
    )
    optimizer = module.configure_optimizers()

    def step(batch: dict[str, torch.Tensor]) -> None:
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
            loss = module.loss_of(batch)
        loss.backward()
        optimizer.step()

    return step


def print_step_alone(index: PreparedIndex) -> None:
    """What the step takes of a batch that is there already."""
    batch = next(endless(build_loader(dataset(index, "strong"), BATCH_SIZE, train=True)))
    print(f"the training step of {MODEL} alone: samples/s, CPU-ms a sample of all threads")
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        step, same = training_step(index, dtype), iter(lambda: batch, None)
        step(batch)
        used_s = time.process_time()
        alone = rate(same, step, STEPS)
        print(f"  {name:20s} {alone:6.1f} {1e3 * (time.process_time() - used_s) / STEPS / BATCH_SIZE:6.1f}")


def print_rates(index: PreparedIndex, fed: tuple[tuple[RecipeName, bool], ...]) -> None:
    """Samples/s without and with the step."""
    print("samples/s of the data path alone, and of the fp32 step that it feeds")
    step = training_step(index, torch.float32)
    for recipe, memory in fed:
        for workers in WORKERS:
            loader = build_loader(dataset(index, recipe, memory=memory), BATCH_SIZE, train=True, workers=workers)
            batches, epoch = endless(loader), SAMPLES // BATCH_SIZE
            rate(batches, lambda _: None, epoch)  # starts workers and fills memory
            data, whole = rate(batches, lambda _: None, EPOCHS * epoch), rate(batches, step, STEPS)
            kept = "from memory" if memory else "from disk"
            print(f"  {recipe} {kept}, {workers} workers {data:6.1f} {whole:6.1f}")
            del batches, loader


def main() -> None:
    torch.set_num_threads(THREADS)
    name_program("loader")
    with tempfile.TemporaryDirectory() as folder:
        for size, fed in ((SIZE, FED), (SUN_SIZE, FED_AT_SUN_SIZE)):
            index = rendered(Path(folder) / f"rooms{size[0]}", size)
            print_heading(
                f"Samples of rooms at {size[0]}x{size[1]}, fed at {SIZE[0]}x{SIZE[1]}, batches of {BATCH_SIZE}"
            )
            print("one sample, CPU-ms in one process: mean, 95 % quantile")
            print_costs(index)
            if size == SIZE:
                print_step_alone(index)
            print_rates(index, fed)


if __name__ == "__main__":
    main()

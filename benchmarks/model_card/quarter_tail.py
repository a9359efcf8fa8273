"""Make of a lite network whose logits are at 1/2 of the input the usual one, whose logits are at 1/4.

Everything up to 1/8 is kept and frozen. The step at 1/4 and the last 1x1 learn from the labels and from the earlier
network's own logits, averaged over 2x2 (Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", 2015).

python benchmarks/model_card/quarter_tail.py --model EARLIER.safetensors --data ROOMS --out NEW.safetensors
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation.checkpoints.card import ModelCard
from segmentation.checkpoints.checkpoint import State, load_checkpoint, save_checkpoint
from segmentation.checkpoints.restore import restore_model
from segmentation.classes import ids_from_labels
from segmentation.models import build_model
from segmentation.networks.network import Network
from segmentation.preprocess import Preprocessor
from sensors.prepared import PreparedIndex, PreparedSample
from training.class_weights import count_labels, median_frequency_weights
from training.evaluate.scoring.score import read_frame
from training.losses import cross_entropy, targets_at
from training.samples.open import open_dataset, samples_of

NEW_LAYERS = ("up1.", "last_conv.")
FRAMES, EPOCHS, BATCH, RATE, SEED = 2000, 3, 8, 3e-3, 0
TEACHERS_SHARE = 0.7  # of the loss; the rest is the labels'
LARGEST_CLASS_WEIGHT, AVERAGE_DECAY = 10.0, 0.99


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="trained with --network output_stride=2")
    parser.add_argument("--data", type=Path, required=True, help="rooms to learn from")
    parser.add_argument("--out", type=Path, required=True, help="where the model goes")
    options = parser.parse_args()
    earlier, state = load_checkpoint(options.model)
    teacher = restore_model(earlier, state, options.model)
    kept = {name: value for name, value in earlier.options.items() if name != "output_stride"}
    card = replace(earlier, options=kept, scores={})
    student = begin(card, teacher.state_dict())
    index = open_dataset(options.data)
    samples = samples_of(index, "train")[:FRAMES]
    weights = median_frequency_weights(count_labels(index, samples, len(card.classes)), LARGEST_CLASS_WEIGHT)
    batches = read_batches(index, samples, card)
    learned = distil(teacher, student, batches, torch.from_numpy(weights), EPOCHS * (len(samples) // BATCH))
    save_checkpoint(options.out, learned, card)


def begin(card: ModelCard, state: State) -> Network:
    """The new layout: the earlier weights wherever both have the layer, and in the first channels of the new step."""
    student = build_model(card.model, len(card.classes), seed=SEED, **card.options)
    with torch.no_grad():
        for name, tensor in student.state_dict().items():
            if not name.startswith("last_conv.") and tensor.ndim:
                tensor[: len(state[name])] = state[name]
        student.last_conv.weight.mul_(0.1)  # so that the first logits are close together
    for name, parameter in student.named_parameters():
        parameter.requires_grad_(name.startswith(NEW_LAYERS))
    return student


def distil(
    teacher: nn.Module,
    student: nn.Module,
    batches: Iterator[tuple[tuple[Tensor, Tensor, Tensor], Tensor]],
    weights: Tensor,
    steps: int,
) -> State:
    """The moving average of the student's weights after so many steps."""
    learned = [parameter for parameter in student.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.1)
    average = {name: tensor.clone() for name, tensor in student.state_dict().items()}
    student.eval().get_submodule("up1").train()  # the statistics of what is frozen stay
    for step in range(1, steps + 1):
        inputs, ids = next(batches)
        with torch.no_grad():
            target = F.avg_pool2d(teacher(*inputs), 2).softmax(1)
        logits = student(*inputs)
        labels = cross_entropy(logits, targets_at(ids, logits.shape[-2:]), weights)
        teachers = F.kl_div(logits.log_softmax(1), target, reduction="none").sum(1).mean()
        optimizer.zero_grad()
        ((1 - TEACHERS_SHARE) * labels + TEACHERS_SHARE * teachers).backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        decay = min(AVERAGE_DECAY, step / (step + 10))
        for name, tensor in student.state_dict().items():
            average[name] = average[name].lerp(tensor, 1 - decay) if tensor.is_floating_point() else tensor.clone()
        if step % 20 == 0 or step == steps:
            print(f"{step} of {steps}: labels {labels.item():.3f}, teacher {teachers.item():.3f}", flush=True)
    return average


def read_batches(
    index: PreparedIndex, samples: tuple[PreparedSample, ...], card: ModelCard
) -> Iterator[tuple[tuple[Tensor, Tensor, Tensor], Tensor]]:
    """Endless: (color, depth_m, focal_px) and ids (N, H, W), shuffled, half of them mirrored."""
    random = np.random.default_rng(SEED)
    preprocess = Preprocessor(card.input_size, card.normalisation)
    while True:
        order = random.permutation(len(samples))
        for begin_at in range(0, len(order) - BATCH + 1, BATCH):
            inputs, labels = [], []
            for place in order[begin_at : begin_at + BATCH]:
                frame = read_frame(index, samples[place], len(card.classes))
                flip = -1 if random.random() < 0.5 else 1
                color = np.ascontiguousarray(frame.color[:, ::flip])
                depth_m = np.ascontiguousarray(frame.depth_m[:, ::flip])
                inputs.append(preprocess(color, depth_m, frame.focal_px))
                ids = ids_from_labels(frame.label)[:, ::flip]
                labels.append(torch.from_numpy(ids.astype(np.int64)))
            fields = ("color", "depth_m", "focal_px")
            joined = [torch.cat([getattr(each, field) for each in inputs]) for field in fields]
            yield (joined[0], joined[1], joined[2]), torch.stack(labels)


if __name__ == "__main__":
    main()

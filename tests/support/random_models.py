"""Networks of random weights that still answer with many classes, and their files."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from segmentation.checkpoints.card import ModelCard
from segmentation.checkpoints.checkpoint import save_checkpoint
from segmentation.classes import class_set
from segmentation.models import build_model

MODEL, INPUT_SIZE = "malleable-deresunet-lite", (64, 48)


def lively_model(classes: int) -> nn.Module:
    """The same weights every time; their labels vary over a frame."""
    model = build_model(MODEL, classes, seed=3)
    with torch.no_grad():
        for parameter in model.last_conv.parameters():
            parameter.mul_(6)
    return model.eval()


def save_model(path: Path, classes: str = "sunrgbd37") -> Path:
    """That network as a model file."""
    card = ModelCard(MODEL, class_set(classes), INPUT_SIZE, training="random weights")
    save_checkpoint(path, lively_model(len(class_set(classes))).state_dict(), card)
    return path

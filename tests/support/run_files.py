"""What a training run left behind, for tests to look at."""

from __future__ import annotations

import csv
from pathlib import Path

import torch

from segmentation.checkpoints.checkpoint import load_checkpoint


def history(folder: Path) -> list[dict[str, str]]:
    """The lines of history.csv."""
    with (folder / "history.csv").open() as file:
        return list(csv.DictReader(file))


def figures(folder: Path) -> list[dict[str, str]]:
    """The lines of history.csv without the time they took."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history(folder)]


def states(path: Path) -> dict[str, torch.Tensor]:
    """All weights in a Lightning checkpoint."""
    return torch.load(path, weights_only=True)["state_dict"]


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """Whether two networks have the same names and the same bits."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def is_whole(folder: Path) -> bool:
    """Whether both model files can be read, and nothing half-written lies about."""
    for name in ("last.ckpt", "best.safetensors"):
        if (folder / name).exists():
            load_checkpoint(folder / name)
    return (folder / "last.ckpt").exists() and not [path for path in folder.iterdir() if "part" in path.name]

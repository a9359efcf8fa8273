"""What malleable layers have learned: centres, temperature and the scale of each kernel, read from model files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from segmentation.errors import CheckpointError, one_line
from segmentation.malleable import MalleableConv2d
from training.ablate.report.gather import GridRun
from training.ablate.report.sheets import sheet
from training.outputs import RunFiles

SCALARS = ("centres", "log_temperature", "rebalancing")
COLUMNS = ("variant", "seed", "layer", "stage", "quantity", "index", "value")


@dataclass(frozen=True, slots=True)
class LearnedLayer:
    """A layer of a run.

    name: of the layer in the network. stage: res2..res5. centres: a_0..a_{K+1} in grid steps, the first and last of
    which bound the range. temperature: in squared grid steps. scales: of the K kernels, which add up to K.
    """

    variant: str
    seed: int
    name: str
    stage: str
    centres: tuple[float, ...]
    temperature: float
    scales: tuple[float, ...]


def learned_layers(runs: Sequence[GridRun]) -> list[LearnedLayer]:
    """Of every finished run, in the order of the runs and of the layers in the network. Raises CheckpointError."""
    files = ((run, RunFiles(run.folder).best) for run in runs if run.result is not None)
    return [
        LearnedLayer(run.variant, run.seed, name, _stage(name), *_values(layer))
        for run, file in files
        if file.exists()
        for name, layer in _layers(file)
    ]


def learned_sheet(layers: Sequence[LearnedLayer]) -> bytes:
    """ablation_learned.csv: a line for each number."""
    return sheet(COLUMNS, (line for layer in layers for line in _lines(layer)))


def _layers(file: Path) -> Iterator[tuple[str, MalleableConv2d]]:
    """The scalars of each malleable layer in a layer of one channel; the large weights stay on disk."""
    for name, scalars in _scalars(file):
        layer = MalleableConv2d(1, 1, 1, kernels=len(scalars["rebalancing"]))
        layer.load_state_dict(scalars, strict=False)
        yield name, layer


def _scalars(file: Path) -> list[tuple[str, dict[str, torch.Tensor]]]:
    """By the name of the layer. Raises CheckpointError for a damaged file."""
    ending = f".{SCALARS[0]}"
    try:
        with safe_open(file, framework="pt", device="cpu") as tensors:
            names = sorted(key.removesuffix(ending) for key in tensors.keys() if key.endswith(ending))  # noqa: SIM118
            return [(name, {key: tensors.get_tensor(f"{name}.{key}").float() for key in SCALARS}) for name in names]
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{file} is damaged ({one_line(error)}): delete the run's folder, and the same command trains it anew"
        ) from error


@torch.no_grad()
def _values(layer: MalleableConv2d) -> tuple[tuple[float, ...], float, tuple[float, ...]]:
    return tuple(layer.held_centres.tolist()), float(layer.temperature), tuple(layer.kernel_scales.tolist())


def _stage(name: str) -> str:
    """The field's name of the stage, and the encoder where it is not that of the colours."""
    found = re.search(r"layer(\d)", name)
    stage = f"res{int(found[1]) + 1}" if found else name
    return f"{stage} (depth)" if ".depth." in name else stage


def _lines(layer: LearnedLayer) -> Iterator[list[object]]:
    start = [layer.variant, layer.seed, layer.name, layer.stage]
    for index, centre in enumerate(layer.centres):
        yield [*start, "centre", index, centre]
    yield [*start, "temperature", None, layer.temperature]
    for index, scale in enumerate(layer.scales):
        yield [*start, "scale", index + 1, scale]

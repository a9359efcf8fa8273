"""Folders of a grid as finished runs leave them, without training anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file

from training.ablate.options import AblateOptions
from training.ablate.runs.files import GridRunFiles, Result, write_json, write_result
from training.ablate.runs.plan import PlannedRun, configuration, planned_runs
from training.ablate.settings import begin
from training.options import TrainOptions

DATA = {
    "dataset": "rooms",
    "class_set": "sunrgbd37",
    "training_samples": 6,
    "validation_samples": 3,
    "names_hash": "0",
}
LAYERS = ("encoder.color.layer1.0.conv1", "encoder.color.layer4.0.conv1")
Scores = Mapping[str, Mapping[int, float]]


def grid_options(out: Path, **changed) -> AblateOptions:
    """Of a small grid; nothing needs to lie in the data's folder."""
    run = TrainOptions(data=out / "data", out=out, epochs=4, input_size=(64, 48))
    return AblateOptions(run=run, host="deresunet-lite", **changed)


def write_grid(out: Path, scores: Scores, **changed) -> AblateOptions:
    """A grid whose runs have ended with these mIoUs, by variant and seed; whatever else is asked for is missing."""
    seeds = sorted({seed for by_seed in scores.values() for seed in by_seed})
    options = grid_options(out, **{"seeds": tuple(seeds), **changed})
    out.mkdir(parents=True, exist_ok=True)
    begin(options, DATA)
    for run in planned_runs(options):
        miou = scores.get(run.variant.name, {}).get(run.seed)
        if miou is not None:
            finish(run, miou)
    return options


def finish(run: PlannedRun, miou: float) -> None:
    """What a run leaves that the report reads."""
    files = GridRunFiles(run.folder)
    write_json(files.configuration, configuration(run, DATA))
    save_file(scalars(run), run.folder / "best.safetensors")
    parameters = 1_000_000 * run.options.network_options.get("kernels", 0) + 5
    write_result(run.folder, Result(miou, 0.3 + miou, 2 - miou, miou + 0.01, 3, 4, parameters, 60.0))


def scalars(run: PlannedRun) -> dict[str, torch.Tensor]:
    """Of two malleable layers, moved from where they start by an amount that depends on the seed; and a weight."""
    kernels, tensors = run.options.network_options.get("kernels"), {"last_conv.weight": torch.zeros(3)}
    for layer in LAYERS if kernels else ():
        centres = torch.arange(kernels + 2) - (kernels + 1) / 2
        tensors[f"{layer}.centres"] = centres * (1 + 0.1 * (run.seed + 1))
        tensors[f"{layer}.log_temperature"] = torch.tensor(0.1 * run.seed)
        tensors[f"{layer}.rebalancing"] = torch.linspace(0, 0.2 * run.seed, kernels)
    return tensors

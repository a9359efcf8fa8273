"""Which runs a grid has, in which order, and what each is asked for."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from segmentation.models import MODEL_NAMES
from training.ablate.options import AblateOptions
from training.ablate.runs.words import command_words
from training.ablate.variants import Variant, variants_of
from training.options import DOWNLOAD, NO_WEIGHTS, TrainOptions
from training.recipes import RECIPES

RUNS = "runs"
LIBRARIES = ("rgbd-live", "torch", "pytorch-lightning", "albumentations", "opencv-python", "numpy")


@dataclass(frozen=True, slots=True, eq=False)
class PlannedRun:
    """One run. options: complete, with absolute paths, so that they mean the same on every machine of a cluster."""

    variant: Variant
    seed: int
    options: TrainOptions

    @property
    def folder(self) -> Path:
        """Where it lies, absolute."""
        return self.options.out

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.variant.name}, seed {self.seed}"


def run_folder(out: Path, variant: str, seed: int) -> Path:
    """Where a run lies in a grid's folder."""
    return out / RUNS / variant / f"seed-{seed}"


def planned_runs(options: AblateOptions) -> list[PlannedRun]:
    """Seed by seed over all variants, so that a grid that is stopped early has whole seeds to compare."""
    return [
        PlannedRun(variant, seed, _run_options(options, variant, seed))
        for seed in options.seeds
        for variant in variants_of(options.only)
    ]


def configuration(run: PlannedRun, data: dict[str, Any]) -> dict[str, Any]:
    """Everything that decides how a run goes, as plain values. data: what it is trained on."""
    words = command_words(run.options)
    return {
        "variant": run.variant.name,
        "about": run.variant.about,
        "seed": run.seed,
        "command": shlex.join(["rgbd-train", *words]),
        "arguments": words,
        "options": plain_options(run.options),
        "recipe": asdict(RECIPES[run.options.recipe]),
        "data": data,
        "versions": {"python": platform.python_version(), **dict(_versions())},
    }


def plain_options(options: TrainOptions) -> dict[str, Any]:
    """All of them, as JSON has them."""
    return {name: _plain(value) for name, value in asdict(options).items()}


def _run_options(options: AblateOptions, variant: Variant, seed: int) -> TrainOptions:
    shared = options.run
    return replace(
        shared,
        data=shared.data.absolute(),
        out=run_folder(shared.out.absolute(), variant.name, seed),
        encoder_weights=_absolute(shared.encoder_weights, (DOWNLOAD, NO_WEIGHTS)),
        init=_absolute(shared.init, MODEL_NAMES),
        model=variant.model(options.host),
        network_options=variant.network,
        seed=seed,
        devices="1",
    )


def _absolute(file: str | None, words: Collection[str]) -> str | None:
    """A file's path from anywhere; words mean no file."""
    return file if file is None or file in words else str(Path(file).absolute())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _versions() -> Iterator[tuple[str, str]]:
    for library in LIBRARIES:
        try:
            yield library, version(library)
        except PackageNotFoundError:
            yield library, "not installed"

"""What `rgbd-train ablate` was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console.errors import UsageError
from segmentation.models import MALLEABLE_PREFIX
from training.ablate.variants import ABLATIONS, HOSTS
from training.names import DEFAULT_HOST
from training.options import TrainOptions

LAUNCHERS = ("local", "ray")
MOST_SEEDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AblateOptions:
    """A grid of runs.

    run: what all runs share; its model, network options, seed and out are each run's own. host: the model whose
    convolutions are replaced. only: names of ablations. parallel: runs at a time; None = as the launcher has it.
    ray_address: of an existing cluster; None = one on this machine. cpus_per_run, gpus_per_run: what a run reserves of
    a Ray cluster; None = one GPU where the cluster has any and the device is not the CPU. Raises UsageError.
    """

    run: TrainOptions
    host: str = DEFAULT_HOST
    seeds: tuple[int, ...] = (0, 1, 2)
    only: tuple[str, ...] = tuple(ABLATIONS)
    launcher: str = "local"
    parallel: int | None = None
    ray_address: str | None = None
    cpus_per_run: int | None = None
    gpus_per_run: float | None = None

    def __post_init__(self) -> None:
        check_host(self.host)
        if self.launcher not in LAUNCHERS:
            raise UsageError(f"--launcher {self.launcher}: use one of {', '.join(LAUNCHERS)}")
        for name in ("ray_address", "cpus_per_run", "gpus_per_run"):
            if self.launcher != "ray" and getattr(self, name) is not None:
                raise UsageError(f"--{name.replace('_', '-')} is for --launcher ray")
        for name, value in (("--parallel", self.parallel), ("--cpus-per-run", self.cpus_per_run)):
            if value is not None and value < 1:
                raise UsageError(f"{name} {value}: must be at least 1")
        if self.gpus_per_run is not None and not 0 <= self.gpus_per_run < float("inf"):
            raise UsageError(f"--gpus-per-run {self.gpus_per_run:g}: must be at least 0")

    @property
    def out(self) -> Path:
        """The grid's folder."""
        return self.run.out


def check_host(host: str) -> None:
    """Raise UsageError, which lists the names, for a host that there is none of."""
    if host.removeprefix(MALLEABLE_PREFIX) in HOSTS and host not in HOSTS:
        plain = host.removeprefix(MALLEABLE_PREFIX)
        raise UsageError(f"--host {host}: the host is the plain network, whose convolutions are replaced: give {plain}")
    if host not in HOSTS:
        raise UsageError(f"--host {host}: use one of {', '.join(HOSTS)}")


def parse_seeds(text: str) -> tuple[int, ...]:
    """ "3" as (0, 1, 2), "0,4" as (0, 4), "4," as (4,). Raises UsageError for anything else."""
    words = [word for word in text.split(",") if word]
    if not words or not all(word.isascii() and word.isdigit() for word in words):
        raise UsageError(f"--seeds {text}: give how many, as in 3, or a list, as in 0,1,2")
    numbers = tuple(int(word) for word in words)
    if "," not in text:
        if numbers[0] > MOST_SEEDS:
            raise UsageError(
                f"--seeds {text}: give how many, at most {MOST_SEEDS}; for seed {text} alone write {text},"
            )
        numbers = tuple(range(numbers[0]))
    if not numbers or len(set(numbers)) < len(numbers):
        raise UsageError(f"--seeds {text}: give at least one, and each once")
    return numbers

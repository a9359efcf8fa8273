"""Runs on this machine: one after another, or one on each GPU."""

from __future__ import annotations

import os
from pathlib import Path

from typing_extensions import Self

from sensors.cores import usable_cores
from training.ablate.launch.process import RunProcess
from training.ablate.options import AblateOptions

VISIBLE_GPUS = "CUDA_VISIBLE_DEVICES"


class LocalLauncher:
    """See launcher.Launcher."""

    def __init__(self, options: AblateOptions) -> None:
        self._gpus = [] if options.run.device == "cpu" else visible_gpus()
        self.parallel = options.parallel or max(1, len(self._gpus))
        self._started: dict[int, RunProcess] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for run in self._started.values():
            run.kill()

    def start(self, folder: Path) -> RunProcess:
        """See Launcher."""
        place = next(place for place in range(self.parallel) if self._is_free(place))
        self._started[place] = RunProcess(folder, self._environment(place))
        return self._started[place]

    def _is_free(self, place: int) -> bool:
        return place not in self._started or self._started[place].code() is not None

    def _environment(self, place: int) -> dict[str, str]:
        if self._gpus:
            return {VISIBLE_GPUS: self._gpus[place % len(self._gpus)]}
        if self.parallel > 1 and "OMP_NUM_THREADS" not in os.environ:
            # Threads of several runs that wait for each other take longer than the work.
            return {"OMP_NUM_THREADS": str(max(1, usable_cores() // self.parallel))}
        return {}


def visible_gpus() -> list[str]:
    """The GPUs that this process may use, as CUDA_VISIBLE_DEVICES spells them."""
    import torch

    count = torch.cuda.device_count()
    allowed = os.environ.get(VISIBLE_GPUS)
    names = [str(number) for number in range(count)] if allowed is None else allowed.split(",")
    return names[:count]

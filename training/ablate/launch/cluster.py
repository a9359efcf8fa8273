"""Runs on a Ray cluster, an existing one or one on this machine; the folder of the grid is on all its machines."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from typing_extensions import Self

from console.errors import UsageError
from console.exit_codes import ExitCode, one_line
from console.interrupt import Interrupt
from sensors.errors import MissingLibraryError
from training.ablate.launch.process import RunProcess
from training.ablate.options import AblateOptions
from training.ablate.runs.endings import LOST

KILLED_WITHIN_S = 20.0
POLL_S = 0.2
# The least that Ray takes: nothing but a folder's name and an exit code travels through it.
OBJECT_STORE_BYTES = 80 * 2**20


def require_ray() -> None:
    """Raise MissingLibraryError, which says how to get it, unless Ray is installed."""
    if find_spec("ray") is None:
        raise MissingLibraryError(
            "--launcher ray needs ray, which is not installed: run make setup, or pip install 'rgbd-live[cluster]'"
        )


class RayLauncher:
    """See launcher.Launcher: as many runs are under way as the machines have room for, unless the options say.

    Ray would queue more, but a run that waits there is not under way. Entering it raises UsageError where no cluster
    answers, or none of its machines has what a run reserves.
    """

    def __init__(self, options: AblateOptions, interrupt: Interrupt) -> None:
        self._options, self._interrupt = options, interrupt
        self.parallel = options.parallel or 1
        self._task: Any = None

    def __enter__(self) -> Self:
        import ray

        with _shut_down_if_failing():
            _connect(self._options.ray_address)
            if self._interrupt.installed:  # Ray has its own answer to SIGTERM
                self._interrupt.install()
            cpus, gpus = self._options.cpus_per_run or 1, self._gpus_per_run()
            room = _room(cpus, gpus)
            self.parallel = self._options.parallel or room
            self._task = ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=0)(train_here)
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        ray.shutdown()

    def start(self, folder: Path) -> RayRun:
        """See Launcher."""
        return RayRun(self._task.remote(str(folder)))

    def _gpus_per_run(self) -> float:
        import ray

        if self._options.gpus_per_run is not None:
            return self._options.gpus_per_run
        return 0 if self._options.run.device == "cpu" else min(1, ray.cluster_resources().get("GPU", 0))


class RayRun:
    """See launcher.Handle."""

    def __init__(self, reference: Any) -> None:
        self._reference = reference

    def code(self) -> int | None:
        """See Handle."""
        return self._code_within(0)

    def stop(self) -> None:
        """See Handle."""
        import ray

        ray.cancel(self._reference)

    def kill(self) -> None:
        """See Handle: the worker's end is the run's."""
        import ray

        ray.cancel(self._reference, force=True)
        self._code_within(KILLED_WITHIN_S)

    def _code_within(self, seconds: float) -> int | None:
        import ray
        from ray.exceptions import RayError, TaskCancelledError

        ended, _ = ray.wait([self._reference], timeout=seconds)
        if not ended:
            return None
        try:
            return ray.get(self._reference)
        except TaskCancelledError:
            return ExitCode.INTERRUPTED
        except RayError:
            return LOST


def train_here(folder: str) -> int:
    """What a worker does: starts the run's process and waits; returns its exit code."""
    # Ray cancels by way of SIGINT, which a worker ignores where the cluster was started in a shell's background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run = RunProcess(Path(folder), {})
    try:
        while (code := run.code()) is None:
            time.sleep(POLL_S)  # Ray cancels by an exception, which waits for Python's next line
        return code
    except KeyboardInterrupt:
        run.stop()
        return run.wait()
    finally:
        run.kill()


def _connect(address: str | None) -> None:
    """Join the cluster, or make one of this machine, without a word and without telling its makers."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        ray.init(address="local", include_dashboard=False, object_store_memory=OBJECT_STORE_BYTES, **quiet)
        return
    try:
        ray.init(address=address, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise UsageError(
            f"--ray-address {address}: no Ray cluster answers ({one_line(error)}); start one with ray start --head, or"
            " leave it out for one on this machine"
        ) from error


def room_for_runs(machine: Mapping[str, float], cpus: int, gpus: float) -> int:
    """How many runs that reserve this much fit on a machine with these resources, as Ray names them."""
    room = int(machine.get("CPU", 0) // cpus)
    return min(room, int(machine.get("GPU", 0) / gpus + 1e-6)) if gpus else room  # 1 // 0.2 is 4


def _room(cpus: int, gpus: float) -> int:
    """How many runs fit on the cluster. Raises UsageError where none does: it would wait for ever."""
    import ray

    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    room = sum(room_for_runs(machine, cpus, gpus) for machine in machines)
    if not room:
        has = ", ".join(f"{machine.get('CPU', 0):g} CPUs and {machine.get('GPU', 0):g} GPUs" for machine in machines)
        raise UsageError(
            f"a run reserves {cpus} CPUs and {gpus:g} GPUs, which no machine of the cluster has ({has}): lower"
            " --cpus-per-run or --gpus-per-run"
        )
    return room


@contextlib.contextmanager
def _shut_down_if_failing() -> Any:
    try:
        yield
    except BaseException:
        import ray

        ray.shutdown()
        raise

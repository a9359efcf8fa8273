"""From options to a finished grid: checks, trains what is missing, reports, tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from console.errors import StoppedError
from console.exit_codes import ExitCode
from console.interrupt import Interrupt
from console.say import say
from training.ablate.data import data_facts
from training.ablate.launch import Launcher, make_launcher
from training.ablate.options import AblateOptions
from training.ablate.progress import GridProgress, finished
from training.ablate.runs.endings import meets_every_run, reason_of
from training.ablate.runs.files import GridRunFiles, read_result, write_json
from training.ablate.runs.plan import PlannedRun, configuration, planned_runs
from training.ablate.schedule import work_through
from training.ablate.settings import begin
from training.jobs.folder import alone


def run_grid(options: AblateOptions, interrupt: Interrupt) -> int:
    """See training.ablate.run."""
    with interrupt.shielded(), alone(options.out):
        data = data_facts(options.run)
        begin(options, data)
        interrupt.check()
        runs = planned_runs(options)
        results = finished(runs)
        waiting = [run for run in runs if run not in results]
        say(f"{len(runs)} runs of {options.host} in {options.out}, {len(results)} of them finished")
        if waiting:
            with make_launcher(options, len(waiting), interrupt) as launcher:
                progress = GridProgress(runs, results, launcher.parallel)
                failed = _train(waiting, launcher, progress, data, interrupt)
            if isinstance(failed, ExitCode):
                return failed
            if failed:
                names = "; ".join(f"{name}: {reason}" for name, reason in failed.items())
                raise StoppedError(
                    f"{len(failed)} of {len(runs)} runs failed ({names}); the same command tries them again"
                )
    interrupt.check()
    return ExitCode.DONE


def _train(
    waiting: Sequence[PlannedRun],
    launcher: Launcher,
    progress: GridProgress,
    data: dict[str, Any],
    interrupt: Interrupt,
) -> dict[str, str] | ExitCode:
    """Those that failed with the reason, or the exit code of what every run would meet."""
    failed: dict[str, str] = {}

    def begin_run(run: PlannedRun) -> None:
        write_json(GridRunFiles(run.folder).configuration, configuration(run, data))
        progress.begin(run)

    for run, code in work_through(waiting, launcher, interrupt, begin=begin_run, watch=progress.watch):
        result = read_result(run.folder)
        reason = "" if result is not None else reason_of(code, run.folder)
        progress.end(run, result, reason)
        if result is None:
            failed[run.name] = reason
            if meets_every_run(code):
                return ExitCode(code)
    return failed

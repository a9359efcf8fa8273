"""From options to a finished grid: checks, trains what is missing, reports, tells."""

from __future__ import annotations

from typing import Any

from console.errors import StoppedError
from console.exit_codes import ExitCode
from console.interrupt import Interrupt
from console.say import say
from training.ablate.beginning import check_init
from training.ablate.data import data_facts
from training.ablate.launch import make_launcher
from training.ablate.options import AblateOptions
from training.ablate.progress import GridProgress, finished
from training.ablate.report.write import REPORT, write_report
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
        check_init(options)
        begin(options, data)
        interrupt.check()
        grid = _Grid(options, data)
        if not grid.waiting:
            grid.report()
        elif (code := grid.train_or_stop(interrupt)) is not None:
            return code
        say(f"the report is {options.out / REPORT}")
    interrupt.check()
    if grid.failed:
        names = "; ".join(f"{variant}, seed {seed}: {reason}" for (variant, seed), reason in grid.failed.items())
        raise StoppedError(
            f"{len(grid.failed)} of {len(grid.runs)} runs failed ({names}); the same command tries them again"
        )
    return ExitCode.DONE


class _Grid:
    """The runs, what has become of them, and the report that follows them."""

    def __init__(self, options: AblateOptions, data: dict[str, Any]) -> None:
        self.options, self.data = options, data
        self.runs = planned_runs(options)
        self.results = finished(self.runs)
        self.waiting = [run for run in self.runs if run not in self.results]
        self.failed: dict[tuple[str, int], str] = {}
        say(f"{len(self.runs)} runs of {options.host} in {options.out}, {len(self.results)} of them finished")

    def train_or_stop(self, interrupt: Interrupt) -> ExitCode | None:
        """As train; after a signal it says how far the grid is."""
        try:
            return self.train(interrupt)
        except KeyboardInterrupt:
            done = len(finished(self.runs))
            say(f"stopped with {done} of {len(self.runs)} runs finished; the same command goes on")
            return ExitCode.INTERRUPTED

    def train(self, interrupt: Interrupt) -> ExitCode | None:
        """Train those that wait; returns the exit code where one met what every run would meet."""
        with make_launcher(self.options, interrupt) as launcher:
            progress = GridProgress(self.runs, self.results, launcher.parallel)

            def begin_run(run: PlannedRun) -> None:
                write_json(GridRunFiles(run.folder).configuration, configuration(run, self.data))
                progress.begin(run)

            for run, code in work_through(self.waiting, launcher, interrupt, begin=begin_run, watch=progress.watch):
                result = read_result(run.folder)
                reason = "" if result is not None else reason_of(code, run.folder)
                progress.end(run, result, reason)
                if result is None:
                    self.failed[run.variant.name, run.seed] = reason
                    if meets_every_run(code):
                        return ExitCode(code)
                self.report()
        return None

    def report(self) -> None:
        """Write it anew."""
        asked = [(run.variant.name, run.seed) for run in self.runs]
        write_report(self.options.out, asked, self.failed)

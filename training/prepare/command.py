"""`rgbd-train prepare`: turns an official download into prepared samples; after any end the same call goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from console.errors import OutputError, StoppedError
from console.exit_codes import ExitCode
from console.interrupt import Interrupt
from console.say import say
from sensors.errors import PreparedDataError
from training.jobs.folder import alone
from training.jobs.lines import appending
from training.jobs.pool import TaskError, in_processes
from training.jobs.progress import progress
from training.prepare.options import PrepareOptions
from training.prepare.readers import open_reader
from training.prepare.source import Entry, Request
from training.prepare.steps.finish import finish, finished_count, tell
from training.prepare.steps.plan import MISSING_NAME, compared, make_plan, of_which, write_missing
from training.prepare.steps.records import kept_records, records_path
from training.prepare.steps.settings import SCRATCH_NAME, begin, remove_scratch
from training.prepare.steps.space import check_space
from training.prepare.steps.state import State
from training.prepare.steps.work import Fault, Job, Opener

__all__ = ["PrepareOptions", "run"]

ENTRIES_A_TASK = 8
MOST_FAULTS = 100  # then something is wrong with all of them


def run(options: PrepareOptions, interrupt: Interrupt, *, opener: Opener = open_reader) -> int:
    """Write the samples that are not there yet, then what describes them all; returns the exit code.

    opener: makes the reader; importable, for it runs in other processes. Raises UsageError for a folder that holds
    something else or was begun in another way, MissingLibraryError, PreparedDataError naming what is missing, damaged
    or wrong in the source, OutputError where the folder cannot be written or has no room (the same call then goes on
    where it was), and StoppedError where a process died.
    """
    if not options.source.exists() and (count := finished_count(options)) is not None:
        return _nothing_to_do(options, count)
    request = Request(options.dataset, options.source, options.out / SCRATCH_NAME, options.classes)
    reader = opener(request)
    identity = reader.identity()
    with alone(options.out):
        begin(options, identity)
        if (count := finished_count(options)) is not None:
            remove_scratch(options.out)
            return _nothing_to_do(options, count)
        state = State(options, reader, identity, make_plan(reader))
        _check_counts(state)
        state.records |= kept_records(options.out, reader.refined)
        before, started_s = len(state.records), time.monotonic()
        with interrupt.shielded():
            _write_samples(state, Job(request, opener, options.out), interrupt)
        if interrupt.requested:
            total = len(state.plan.entries)
            say(f"stopped with {len(state.records)} of {total} samples written; the same command goes on")
            return ExitCode.INTERRUPTED
        finish(state)
    tell(state, len(state.records) - before, time.monotonic() - started_s)
    return ExitCode.DONE


def _nothing_to_do(options: PrepareOptions, count: int) -> int:
    say(f"{options.out}: {count} samples of {options.dataset} are prepared already; nothing to do")
    return ExitCode.DONE


def _check_counts(state: State) -> None:
    """Raise PreparedDataError where the source is not all of the data set, unless that is to be left out."""
    plan, options = state.plan, state.options
    write_missing(options.out, plan.missing)
    if plan.counts_fit and not plan.missing:
        return
    said = f"{options.source}: has {compared(plan, plan.entries)} samples of {plan.dataset}"
    if plan.missing:
        said += f"; {len(plan.missing)} are not whole: {of_which(plan.missing)} (all: {options.out / MISSING_NAME})"
    if not options.partial:
        raise PreparedDataError(f"{said}; download what is missing, or add --partial to go on without it")
    say(f"{said}; going on without what is missing")


def _write_samples(state: State, job: Job, interrupt: Interrupt) -> None:
    options, entries = state.options, state.plan.entries
    waiting = [entry for entry in entries if entry.name not in state.records]
    needed_bytes = len(waiting) * state.reader.sample_bytes
    check_space(options.out, needed_bytes, f"preparing {len(waiting)} samples of {options.dataset}")
    tasks = list(_tasks(waiting))

    def stopped() -> bool:
        return interrupt.requested or (len(state.faults) >= MOST_FAULTS and not options.partial)

    log = records_path(options.out)
    try:
        with appending(log) as append, progress("samples", len(entries), len(state.records)) as step:
            for result in in_processes(job, tasks, processes=min(options.processes, len(tasks)), stopped=stopped):
                if isinstance(result, Fault):
                    state.faults[result.name] = result
                    continue
                append(result.as_line())
                state.records[result.name] = result
                step()
    except TaskError as error:
        names = f"one of {len(error.task)} samples from {error.task[0].name} on"
        raise StoppedError(f"{names}: {error}; the same command goes on") from error
    except OutputError as error:
        raise OutputError(f"{error}; once that is cured the same command goes on") from error


def _tasks(entries: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
    for start in range(0, len(entries), ENTRIES_A_TASK):
        yield tuple(entries[start : start + ENTRIES_A_TASK])

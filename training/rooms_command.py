"""`rgbd-train rooms`: renders procedural rooms and writes them to disk; after any end the same call goes on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from console.errors import OutputError, StoppedError
from console.exit_codes import ExitCode
from console.interrupt import Interrupt
from console.say import say
from training.jobs.folder import alone
from training.jobs.lines import appending
from training.jobs.pool import TaskError, in_processes
from training.jobs.progress import progress
from training.rooms.layout import Layout, make_layout
from training.rooms.options import FIRST_TEST_SEED, RoomsOptions
from training.rooms.plan import Shot, plan_shots
from training.rooms.records import RECORDS_NAME, Record, read_records, write_records
from training.rooms.settings import begin
from training.rooms.work import OpenRoom, furnished_room, render_shots

__all__ = ["RoomsOptions", "run"]

SHOTS_A_TASK = 8  # of one room: furnished once for so many, and a room with more is shared among the processes


def run(options: RoomsOptions, interrupt: Interrupt, *, open_room: OpenRoom = furnished_room) -> int:
    """Write the samples that are not there yet, then what describes them all; returns the exit code.

    open_room: makes the room of a seed; importable, for it runs in other processes. Raises UsageError for a folder that
    holds something else, MissingLibraryError where a layout needs one, OutputError where the folder cannot be written
    (the same call then goes on where it was), and StoppedError naming the room that could not be rendered.
    """
    layout = make_layout(options.layout, options.out)
    with interrupt.shielded(), alone(options.out):
        begin(options)
        shots = plan_shots(options)
        records = _kept(layout)
        before, started_s = len(records), time.monotonic()
        try:
            _render(options, shots, layout, records, interrupt, open_room)
        except TaskError as error:
            _settle(layout, shots, records)
            seed = error.task[0].seed
            raise StoppedError(f"room {seed}: {error}; --seed {seed} --count 1 repeats it") from error
        except OutputError as error:
            raise OutputError(f"{error}; once that is cured the same command goes on") from error
        _settle(layout, shots, records)
    if interrupt.requested:
        say(f"stopped with {len(records)} of {len(shots)} samples written; the same command goes on")
        return ExitCode.INTERRUPTED
    _tell(options, shots, len(records) - before, time.monotonic() - started_s)
    return ExitCode.DONE


@dataclass(frozen=True, slots=True)
class _Job:
    """What a process does with shots of one room."""

    layout: Layout
    size: tuple[int, int]
    open_room: OpenRoom

    def __call__(self, shots: tuple[Shot, ...]) -> Iterator[Record]:
        for picture in render_shots(shots, self.size, self.open_room):
            self.layout.write(picture)
            yield picture.record


def _kept(layout: Layout) -> dict[str, Record]:
    """The records of the samples that an earlier call wrote whole."""
    layout.clean()
    whole = layout.whole()
    records = {name: record for name, record in read_records(layout.root).items() if name in whole}
    write_records(layout.root, records)  # without what was left of a last line
    return records


def _render(
    options: RoomsOptions,
    shots: Sequence[Shot],
    layout: Layout,
    records: dict[str, Record],
    interrupt: Interrupt,
    open_room: OpenRoom,
) -> None:
    tasks = list(_tasks([shot for shot in shots if shot.name not in records]))
    job = _Job(layout, options.size, open_room)
    processes = min(options.processes, len(tasks))
    with appending(layout.root / RECORDS_NAME) as append, progress("rooms", len(shots), len(records)) as step:
        for record in in_processes(job, tasks, processes=processes, stopped=lambda: interrupt.requested):
            append(record.as_line())
            records[record.name] = record
            step()


def _tasks(shots: Sequence[Shot]) -> Iterator[tuple[Shot, ...]]:
    for _, of_one_room in groupby(shots, key=lambda shot: shot.seed):
        room = tuple(of_one_room)
        for start in range(0, len(room), SHOTS_A_TASK):
            yield room[start : start + SHOTS_A_TASK]


def _settle(layout: Layout, shots: Sequence[Shot], records: dict[str, Record]) -> None:
    write_records(layout.root, records)
    if records:
        layout.finish(shots, records)


def _tell(options: RoomsOptions, shots: Sequence[Shot], new: int, seconds: float) -> None:
    splits = Counter(shot.split for shot in shots)
    parts = ", ".join(f"{count} {split}" for split, count in splits.items())
    speed = f"{new} new in {seconds:.1f} s, {new / seconds:.1f} frames/s" if new else "all were there already"
    say(f"{options.out}: {len(shots)} samples of {len({shot.seed for shot in shots})} rooms ({parts}); {speed}")
    if splits["test"]:
        say(
            f"rooms from {FIRST_TEST_SEED} on are kept for tests: {splits['test']} samples are marked test and are"
            " never trained on"
        )

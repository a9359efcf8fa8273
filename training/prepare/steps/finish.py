"""The end of a call: what describes all samples is written, the index last, and the user is told."""

from __future__ import annotations

from console.atomic import output_errors, write_whole
from console.say import say
from sensors.errors import PreparedDataError
from sensors.prepared import SPLITS, PreparedSample, write_index
from training.prepare.options import PrepareOptions
from training.prepare.steps.plan import MISSING_NAME, compared, of_which, write_missing
from training.prepare.steps.records import indexed_records, whole_names
from training.prepare.steps.report import REPORT_NAME, page, strangers, table
from training.prepare.steps.settings import read_settings, remove_scratch, write_settings
from training.prepare.steps.state import State


def finished_count(options: PrepareOptions) -> int | None:
    """How many samples a folder has that is finished as these options want it, or None. Raises UsageError, OutputError.

    One that lost files since is not finished.
    """
    settings = read_settings(options.out)
    if settings is None or settings["finished"] not in ("whole", *(("partial",) if options.partial else ())):
        return None
    if (settings["dataset"], settings["classes"]) != (options.dataset, options.class_count):
        return None
    records, refined = indexed_records(options.out)
    whole = whole_names(options.out, records.values(), refined)
    return len(records) if records and len(whole) == len(records) else None


def finish(state: State) -> None:
    """Write the report and the index, and remove what only the work needed.

    Raises PreparedDataError where samples are damaged that are not to be left out, and OutputError.
    """
    out, partial = state.options.out, state.options.partial
    write_missing(out, state.left_out)
    if state.faults and not (partial and state.records):
        faults = list(state.faults.values())
        raise PreparedDataError(
            f"{len(faults)} of the samples cannot be prepared: {of_which(faults)} (all: {out / MISSING_NAME});"
            " download what is damaged again, or add --partial to go on without it"
        )
    _write_report(state)
    _write_index(state)
    whole = state.plan.counts_fit and not state.left_out
    write_settings(state.options, state.identity, finished="whole" if whole else "partial")
    remove_scratch(out)


def tell(state: State, new: int, seconds: float) -> None:
    """Say what is there now. new: how many samples of it this call has written."""
    out, written = state.options.out, state.written
    speed = f"{new} new in {seconds:.1f} s, {new / seconds:.1f} samples/s" if new else "all were there already"
    say(f"{out}: {len(written)} samples of {state.reader.dataset}; {speed}")
    say(state.reader.about)
    for camera, *counts in table(written)[1:]:
        say(f"{camera}: {', '.join(f'{count} {split}' for count, split in zip(counts, SPLITS, strict=True))}")
    for stranger in strangers(written):
        say(str(stranger))
    if state.left_out:
        say(f"left out {len(state.left_out)}: {of_which(state.left_out)} (all: {out / MISSING_NAME})")


def _write_report(state: State) -> None:
    title, counts = f"{state.reader.dataset}, prepared", compared(state.plan, state.written)
    text = page(title, state.reader.about, state.written, counts, state.left_out)
    write_whole(state.options.out / REPORT_NAME, text.encode())


def _write_index(state: State) -> None:
    out, reader = state.options.out, state.reader
    samples = [
        PreparedSample(
            entry.name,
            entry.split,
            entry.camera,
            entry.scene,
            state.records[entry.name].intrinsics,
            state.records[entry.name].color_suffix,
            reader.depth_unit_m,
        )
        for entry in state.written
    ]
    with output_errors(out):
        write_index(
            out,
            samples,
            class_set=reader.class_set,
            about=reader.about,
            dataset=reader.dataset,
            refined=reader.refined,
        )

"""The bench on a terminal: for each model one table, the engines side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.bench.compare import Change, Changes
from app.bench.document import BUSY_SHARE, Document, busy_share

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

ROWS = {
    "capture": "capture",
    "align": "align",
    "preprocess": "preprocess",
    "inference": "inference",
    "postprocess": "postprocess",
    "total": "frame to labels",
    "render": "paint overlay",
}
NAMES_WIDTH, CASE_WIDTH = 22, 19  # three cases fit 80 columns, four 100
_STYLES = {"better": "green", "worse": "red", "same": "dim", "unknown": "dim"}
_SAID = {"better": "better", "worse": "worse", "same": "same", "unknown": "few runs"}


def print_bench(console: Console, document: Document) -> None:
    """Every figure that was measured, the reasons of what was not, and a warning if other programs were at work."""
    for line in (*machine_lines(document["machine"]), source_line(document)):
        console.print(line, highlight=False, soft_wrap=True)
    for model, cases in by_model(document).items():
        for part in parts(cases, console.width):
            console.print()
            console.print(_bench_table(model, part))
        for line in trouble_lines(case for case in document["cases"] if case["model"] == model):
            console.print(f" {line}", style="yellow", markup=False, highlight=False)
    for line in busy_lines(document):
        console.print(line, style="yellow", highlight=False, soft_wrap=True)


def machine_lines(machine: Document) -> Iterator[str]:
    """The machine in two lines."""
    cores = f"{machine['cores']} of {machine['all_cores']} cores"
    memory = "" if machine["memory_gb"] is None else f", {machine['memory_gb']:.0f} GiB"
    governor = "" if machine["governor"] is None else f", governor {machine['governor']}"
    yield f"{machine['cpu']}, {cores}{memory}; GPU: {', '.join(machine['gpus']) or 'none'}{governor}"
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    yield f"{machine['system']}, Python {machine['python']}, {libraries}"


def source_line(document: Document) -> str:
    """What was played, and how often."""
    source, settings = document["source"], document["settings"]
    pace = "at its own pace, newest frame wins" if settings["real_time"] else "every frame, as fast as it goes"
    early = "" if document["complete"] else ", STOPPED EARLY"
    return (
        f"{source['name']}, {source['size'][0]}x{source['size'][1]}, {pace}: {settings['frames']} frames a run after"
        f" {settings['warm_up_frames']} to warm up, medians over {_runs_made(document)}{early}"
    )


def _runs_made(document: Document) -> str:
    made = [len(case["runs"]) for case in document["cases"] if case["runs"]]
    if min(made) < max(made):
        return f"{min(made)} to {max(made)} runs"
    return f"{made[0]} run" + "s" * (made[0] != 1)


def busy_lines(document: Document) -> Iterator[str]:
    """A warning where other programs kept the cores busy."""
    share = busy_share(document)
    if share > BUSY_SHARE:
        yield ""
        yield (
            f"Other programs took up to {100 * share:.0f} % of the cores meanwhile"
            f" (load {document['machine']['load']} before): times are too long; trust only ratios within this bench."
        )


def trouble_lines(cases: Iterable[Document]) -> Iterator[str]:
    """What was not measured, and what did not run as asked for to the end."""
    for case in cases:
        changes = dict.fromkeys(change for run in case["runs"] for change in run["engine_changes"])
        yield from (f"{case['engine']}: {change}" for change in changes)
        if case["refused"] is not None:
            yield _refusal(case)


def by_model(document: Document) -> dict[str, list[Document]]:
    """The cases that were measured, by model; a model without any has an empty list."""
    found: dict[str, list[Document]] = {case["model"]: [] for case in document["cases"]}
    for case in document["cases"]:
        if case["runs"]:
            found[case["model"]].append(case)
    return found


def parts(cases: Sequence[Document], width: int) -> Iterator[Sequence[Document]]:
    """As many cases side by side as fit."""
    many = max(1, (width - NAMES_WIDTH) // CASE_WIDTH)
    for start in range(0, len(cases), many):
        yield cases[start : start + many]


def _bench_table(model: str, cases: Sequence[Document]) -> Table:
    table = _empty_table(model, cases)
    table.add_row("ms a frame", *("  p50   p95   p99" for _ in cases), style="dim")
    for stage, words in ROWS.items():
        if any(stage in case["median"]["stages_ms"] for case in cases):
            table.add_row(words, *(_percentiles(case["median"]["stages_ms"].get(stage)) for case in cases))
    table.add_section()
    table.add_row("frames/s", *map(_rate, cases), style="bold")
    table.add_row("frames lost", *map(_lost, cases))
    table.add_row("processor ms a frame", *(f"{case['median']['cpu_ms']:.1f}" for case in cases))
    table.add_row("peak memory, MiB", *(f"{case['median']['peak_mb']:.0f}" for case in cases))
    table.add_row("start-up, s", *(f"{case['median']['startup_s']:.2f}" for case in cases))
    table.add_row("first mask, s", *(f"{case['median']['first_mask_s']:.2f}" for case in cases))
    table.add_row("  the very first", *(f"{case['first_start_s']:.2f}" for case in cases))
    return table


def _empty_table(model: str, cases: Sequence[Document]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    trained = all(case["setup"]["trained"] for case in cases)
    title = Text.assemble((model, "bold"), ("" if trained else "  UNTRAINED", "yellow"))
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", show_edge=False, pad_edge=False, padding=0)
    table.add_column("", no_wrap=True, min_width=NAMES_WIDTH)
    for case in cases:
        setup = case["setup"]
        heading = Text.assemble((case["engine"], "bold"), f"\n{setup['device']} {setup['precision']}")
        table.add_column(heading, justify="right", no_wrap=True, min_width=CASE_WIDTH - 1)
    return table


def _percentiles(values: Mapping[str, float | None] | None) -> str:
    if values is None:
        return "-"
    return " ".join(f"{'-' if value is None else short(value):>5}" for value in values.values())


def short(value: float) -> str:
    """A number of at most five characters, while it is below 100,000."""
    return f"{value:.1f}" if value < 999.95 else f"{value:.0f}"


def _rate(case: Document) -> str:
    rates = [run["fps"] for run in case["runs"]]
    span = f" ({short(min(rates))}-{short(max(rates))})" if len(rates) > 1 else ""
    return f"{short(case['median']['fps'])}{span}"


def _lost(case: Document) -> str:
    counters = case["median"]["counters"]
    return f"{counters['overwritten'] + counters['sdk_gaps']} of {counters['captured'] + counters['sdk_gaps']}"


def _refusal(case: Document) -> str:
    engine, reason, many = case["engine"], case["refused"], len(case["runs"])
    named = reason if reason.startswith(f"engine {engine}") else f"{engine}: {reason}"
    return named + (f" (after {many} run{'s' * (many != 1)})" if many else "")


def print_changes(
    console: Console, document: Document, found: Changes, *, differences: Sequence[str], remarks: Sequence[str]
) -> None:
    """New over old for each case, or why there is nothing to compare."""
    console.print()
    if differences:
        lines = [" Not compared, because the two were not measured alike:", *(f"   {line}" for line in differences)]
        console.print("\n".join(lines), style="yellow", markup=False, highlight=False, soft_wrap=True)
        return
    if not found:
        console.print(" Not compared: no engine and model was measured in both.", style="yellow")
        return
    for model, cases in by_model(document).items():
        both = [case for case in cases if (case["engine"], case["model"]) in found]
        for part in parts(both, console.width):
            console.print(_changes_table(model, part, found))
    console.print(" new over old; same: within the range over the runs", style="dim")
    for line in remarks:
        console.print(f" {line}", markup=False, highlight=False, soft_wrap=True)


def _changes_table(model: str, cases: Sequence[Document], found: Changes) -> Table:
    table = _empty_table(f"{model}, new over old", cases)
    rows: dict[str, Any] = {
        **ROWS,
        "fps": "frames/s",
        "cpu_ms": "processor ms a frame",
        "peak_mb": "peak memory",
        "startup_s": "start-up",
        "first_mask_s": "first mask",
    }
    for key, words in rows.items():
        changes = [found[case["engine"], case["model"]].get(key) for case in cases]
        if any(changes):
            table.add_row(words, *map(_change, changes))
    return table


def _change(change: Change | None) -> Text:
    from rich.text import Text

    if change is None or change.ratio is None:
        return Text("-", "dim")
    return Text(f"{_SAID[change.verdict]} {change.ratio:5.2f}", _STYLES[change.verdict])

"""What the terminal shows: a progress bar while scoring, the scores at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from console.interrupt import Interrupt
from training.evaluate.report import tables
from training.evaluate.report.about import about, title

MOST_PLAIN = 5  # columns; the headings of more are stacked word by word
WIDEST = 1000


@contextmanager
def progress(frames: int, interrupt: Interrupt) -> Iterator[Callable[[], None]]:
    """A bar on standard error, moved by calling what this gives before each frame.

    That call raises KeyboardInterrupt where a signal came.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("scoring"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not _on_terminal()) as bar:
        task = bar.add_task("", total=frames)
        started = False

        def before_each() -> None:
            nonlocal started
            interrupt.check()
            if started:
                bar.advance(task)
            started = True

        yield before_each


def _on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def print_scores(document: dict[str, Any], out: Path | None) -> int:
    """The scores on standard output, and where the report lies; without a report those of the classes too.

    Returns the exit code.
    """
    print("\n".join([title(document), *about(document)]))
    _print_table(*tables.headline_table(document))
    print(f"means over the {document['classes_with_truth']} classes that have a true pixel")
    if "multi_scale_flip" in document:
        _print_table(*tables.multi_scale_table(document))
    _print_table(*tables.range_table(document))
    if out is None:
        _print_classes(document)
    else:
        print(f"report: {out / 'evaluation.html'}, also as evaluation.md and evaluation.json")
    return 0


def _print_classes(document: dict[str, Any]) -> None:
    """Those that have a true pixel, and how many have none."""
    _print_table(*tables.class_table(document, only_with_truth=True))
    if rest := len(document["classes"]) - document["classes_with_truth"]:
        print(f"{rest} {'class' if rest == 1 else 'classes'} without a true pixel")


def _print_table(head: tables.Row, rows: list[tables.Row]) -> None:
    """Below an empty line, as wide as it needs to be: on a narrower terminal its lines wrap, but no column is lost."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for number, name in enumerate(head):
        stacked = name.replace(" ", "\n") if len(head) > MOST_PLAIN else name
        table.add_column(stacked, justify="right" if number else "left", vertical="bottom", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console = Console(highlight=False)
    needed = console.measure(table, options=console.options.update(max_width=WIDEST)).maximum
    console.width = max(console.width, needed)
    print()
    console.print(table)

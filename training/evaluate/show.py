"""What the terminal shows: a progress bar while scoring, the scores at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from console.interrupt import Interrupt
from training.evaluate.report import tables
from training.evaluate.report.about import about


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
    print("\n".join(about(document)))
    _print_table(*tables.headline_table(document))
    print(f"means over the {document['classes_with_truth']} classes that have a true pixel")
    if "multi_scale_flip" in document:
        _print_table(*tables.multi_scale_table(document))
    _print_table(*tables.range_table(document))
    if out is None:
        _print_table(*tables.class_table(document))
    else:
        print(f"report: {out / 'evaluation.html'}, also as evaluation.md and evaluation.json")
    return 0


def _print_table(head: tables.Row, rows: list[tables.Row]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(*head[:1], box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in head[1:]:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)

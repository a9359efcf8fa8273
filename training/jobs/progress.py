"""How far a call is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from console.say import say

LINE_EVERY_S = 10.0


@contextmanager
def progress(what: str, total: int, done: int) -> Iterator[Callable[[], None]]:
    """Inside, call what this gives once for every new sample. what: they are. done: how many were there before."""
    if sys.stderr.isatty():
        with _bar(what, total, done) as step:
            yield step
    else:
        yield _Lines(total, done)


@contextmanager
def _bar(what: str, total: int, done: int) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.1f}/s"),
        TimeRemainingColumn(),
    )
    started_s, start = time.monotonic(), done
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total, completed=done, rate=0.0)

        def step() -> None:
            nonlocal done
            done += 1
            bar.update(task, completed=done, rate=(done - start) / (time.monotonic() - started_s))

        yield step


class _Lines:
    """Says how far it is every LINE_EVERY_S."""

    def __init__(self, total: int, done: int) -> None:
        self._total, self._done, self._start = total, done, done
        self._started_s = self._said_s = time.monotonic()

    def __call__(self) -> None:
        self._done += 1
        now_s = time.monotonic()
        if now_s - self._said_s >= LINE_EVERY_S and self._done < self._total:
            self._said_s = now_s
            rate = (self._done - self._start) / (now_s - self._started_s)
            left_s = (self._total - self._done) / rate
            say(f"{self._done} of {self._total} samples, {rate:.1f}/s, {_span(left_s)} left")


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"

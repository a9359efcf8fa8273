"""Runs one after another, or several at a time, until all have ended or somebody says stop."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from console.interrupt import Interrupt
from training.ablate.launch import Handle, Launcher
from training.ablate.runs.plan import PlannedRun

POLL_S = 0.2


def work_through(
    runs: Sequence[PlannedRun],
    launcher: Launcher,
    interrupt: Interrupt,
    *,
    begin: Callable[[PlannedRun], None],
    watch: Callable[[Sequence[PlannedRun]], None],
) -> Iterator[tuple[PlannedRun, int]]:
    """Every run with its exit code, in the order in which they end.

    begin: called before a run starts. watch: called several times a second with those under way. Where whoever iterates
    leaves, those under way are killed; each goes on at its last whole epoch when it is started again.
    Raises KeyboardInterrupt after a signal, when those under way have ended in order.
    """
    waiting, under_way = deque(runs), dict[PlannedRun, Handle]()
    try:
        while waiting or under_way:
            if interrupt.requested:
                _end_in_order(list(under_way.values()))
                raise KeyboardInterrupt
            while waiting and len(under_way) < launcher.parallel:
                run = waiting.popleft()
                begin(run)
                under_way[run] = launcher.start(run.folder)
            watch(list(under_way))
            for run, code in [(run, handle.code()) for run, handle in under_way.items()]:
                if code is not None:
                    del under_way[run]
                    yield run, code
            time.sleep(POLL_S)
    finally:
        for handle in under_way.values():
            if handle.code() is None:
                handle.kill()


def _end_in_order(handles: Sequence[Handle]) -> None:
    for handle in handles:
        handle.stop()
    while any(handle.code() is None for handle in handles):
        time.sleep(POLL_S)

"""The table that `rgbd-live doctor` prints."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.doctor.check import Check

STYLES = {"ok": "green", "warning": "yellow", "fail": "bold red", "absent": "dim"}
URGENCY = {"fail": 0, "warning": 1, "ok": 2, "absent": 3}


def print_report(console: Console, checks: Sequence[Check], *, works: bool) -> None:
    """What was found as a table, then the cures: one line each and never wrapped by us, so that they can be copied."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("check", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("found", overflow="fold")
    for check in checks:
        table.add_row(Text(check.name), Text(check.state, STYLES[check.state]), Text(check.found))
    console.print(table)
    console.print()
    _print_cures(console, sorted((check for check in checks if check.cure), key=lambda check: URGENCY[check.state]))
    console.print(verdict(checks, works=works), markup=False, highlight=False, soft_wrap=True)


def _print_cures(console: Console, checks: Sequence[Check]) -> None:
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        line = Text.assemble((check.name.ljust(width), STYLES[check.state]), "  ", check.cure)
        console.print(line, soft_wrap=True, highlight=False)
    if checks:
        console.print()


def verdict(checks: Sequence[Check], *, works: bool) -> str:
    """The last line."""
    if works:
        return "rgbd-live works here."
    broken = ", ".join(check.name for check in checks if check.state == "fail")
    return f"rgbd-live does not work here yet; cure first: {broken}"

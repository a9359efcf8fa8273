"""How far the bench is: one line that is rewritten on a terminal, a line a run elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import TextIO

from typing_extensions import Self

from app.bench.case import Case
from console.say import program_name, put


class ProgressLine:
    """Tells while inside the `with`; on a terminal it takes its line away at the end."""

    def __init__(self, stream: TextIO, *, rounds: int, cases: int) -> None:
        self._stream, self._rounds, self._cases = stream, rounds, cases

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._stream.isatty():
            put(self._stream, "\r\x1b[K")

    def tell(self, turn: int, place: int, case: Case) -> None:
        """See rounds.Tell."""
        what = f"round {turn} of {self._rounds}" if turn else "first start"
        text = f"{what}, {place + 1} of {self._cases}: {case}"
        put(self._stream, f"\r\x1b[K{text}" if self._stream.isatty() else f"{program_name()}: {text}\n")

"""One line on a terminal that says how far the bench is; nothing where nobody looks."""

from __future__ import annotations

from types import TracebackType
from typing import TextIO

from typing_extensions import Self

from app.bench.case import Case
from console.say import put


class ProgressLine:
    """Rewrites its line while inside the `with`, and takes it away at the end."""

    def __init__(self, stream: TextIO, *, rounds: int, cases: int) -> None:
        self._stream, self._rounds, self._cases = stream, rounds, cases

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._put("")

    def tell(self, turn: int, place: int, case: Case) -> None:
        """See rounds.Tell."""
        what = f"round {turn} of {self._rounds}" if turn else "first start"
        self._put(f"{what}, {place + 1} of {self._cases}: {case}")

    def _put(self, text: str) -> None:
        if self._stream.isatty():
            put(self._stream, f"\r\x1b[K{text}")

"""What can stop a training run; every message is one line that says what to do."""

from __future__ import annotations

from collections.abc import Sequence

from console.errors import StoppedError


class NotFiniteError(StoppedError):
    """The loss is NaN or infinite. indices: positions in the data set of the batch's samples."""

    def __init__(self, indices: Sequence[int]) -> None:
        super().__init__(f"the loss is not a number for samples {list(indices)}")
        self.indices = tuple(indices)


class StopRequest(Exception):
    """Ctrl-C came; raised between two batches."""

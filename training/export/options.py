"""What `rgbd-train export` was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console.errors import UsageError
from segmentation.engines.engine import GRAPH_PRECISIONS

SUFFIXES = {"onnx": ".onnx", "tensorrt": ".engine"}  # of the file, by what is exported to


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """One export.

    model: a model's name, or a model file. to: a name of SUFFIXES. precision: None = what suits the runtime. size:
    (width, height) px that frames become; None = what the model says. Raises UsageError for a value that is none.
    """

    model: str
    to: str
    out: Path
    precision: str | None = None
    size: tuple[int, int] | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.to not in SUFFIXES:
            raise UsageError(f"--to {self.to}: use one of {', '.join(SUFFIXES)}")
        if self.precision not in (None, *GRAPH_PRECISIONS):
            raise UsageError(f"--precision {self.precision}: use one of {', '.join(GRAPH_PRECISIONS)}")
        if self.out.suffix != SUFFIXES[self.to]:
            raise UsageError(f"--out {self.out}: name it {self.out.stem or self.to}{SUFFIXES[self.to]}")

    @property
    def report(self) -> Path:
        """Where the parity report goes: beside the file, and not where that of another runtime's goes."""
        return self.out.with_name(f"{self.out.name}.parity.json")

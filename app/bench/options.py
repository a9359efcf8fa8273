"""What `rgbd-live bench` can be asked to measure, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.options import CHOICES, DEFAULT_MODEL, NO_MODEL, LiveOptions
from console.errors import UsageError

ALL = "all"
ENGINES = tuple(name for name in CHOICES["engine"] if name != "auto")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOptions:
    """Every engine with every model, `runs` times, on the frames of one source.

    frames: results of one run that count, after those that warm up. real_time: the newest frame wins, at the
    recording's own pace, so that frames can be lost. The source is the built-in demo where neither bag nor frames_dir
    is given. out: the JSON file to write. against: one of an earlier bench. Raises UsageError.
    """

    engines: tuple[str, ...] = ENGINES
    models: tuple[str, ...] = (DEFAULT_MODEL,)
    frames: int = 60
    runs: int = 3
    bag: Path | None = None
    frames_dir: Path | None = None
    real_time: bool = False
    device: str = "auto"
    precision: Any = "auto"
    out: Path | None = None
    against: Path | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        for engine in self.engines:
            if engine not in ENGINES:
                raise UsageError(f"--engines {engine}: choose from {', '.join(ENGINES)}, or {ALL}")
        if NO_MODEL in self.models:
            raise UsageError(f"--models {NO_MODEL}: there is no network to measure; name models or model files")
        if self.frames < 1 or self.runs < 1:
            raise UsageError("--frames and --runs must be at least 1")
        if self.out is not None and self.out.suffix.lower() != ".json":
            raise UsageError(f"--out {self.out}: the name must end in .json")
        self.as_live(self.engines[0], self.models[0])

    def as_live(self, engine: str, model: str) -> LiveOptions:
        """What one run plays, checked as `rgbd-live` checks it. Raises UsageError."""
        return LiveOptions(
            bag=self.bag,
            frames=self.frames_dir,
            model=model,
            engine=engine,
            device=self.device,
            precision=self.precision,
            view="none",
            real_time=self.real_time,
            loop=True,
        )


def parse_list(option: str, text: str) -> tuple[str, ...]:
    """'torch,onnx' as ("torch", "onnx"), what is named twice once. Raises UsageError where a name is empty."""
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise UsageError(f"{option} {text}: write names with commas between them, such as a,b")
    return tuple(dict.fromkeys(names))


def parse_engines(text: str) -> tuple[str, ...]:
    """As parse_list; "all" is every engine there is."""
    return ENGINES if text == ALL else parse_list("--engines", text)

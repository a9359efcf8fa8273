"""What `rgbd-train preview` was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console.errors import UsageError
from training.names import DATASETS, DEPTHS, RECIPE_NAMES, Depth, RecipeName
from training.recipes import RECIPES

MOST_SAMPLES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOptions:
    """One picture.

    data: folder of prepared samples. out: the PNG. dataset: what the data are; None = what the folder says. depth: as
    the camera gave it, or refined. count: how many samples of the train split, spread evenly over it. epochs: how many
    versions of each. seed: as in training, which then sees the same. input_size: width and height; None = the
    recipe's. Raises UsageError for a value that is none.
    """

    data: Path
    out: Path
    dataset: str | None = None
    depth: Depth = "raw"
    recipe: RecipeName = "strong"
    count: int = 3
    epochs: int = 5
    seed: int = 0
    input_size: tuple[int, int] | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        for option, value, known in (
            ("--recipe", self.recipe, RECIPE_NAMES),
            ("--depth", self.depth, DEPTHS),
            ("--dataset", self.dataset, (None, *DATASETS)),
        ):
            if value not in known:
                raise UsageError(f"{option} {value}: choose from {', '.join(filter(None, known))}")
        for name, value in (("count", self.count), ("epochs", self.epochs)):
            if not 1 <= value <= MOST_SAMPLES:
                raise UsageError(f"--{name} {value}: give a number from 1 to {MOST_SAMPLES}")
        if self.seed < 0:
            raise UsageError(f"--seed {self.seed}: give a number from 0")
        if min(self.frame_size) < 1:
            raise UsageError(f"--input-size {self.frame_size[0]}x{self.frame_size[1]}: both sides must be positive")
        if self.out.suffix.lower() != ".png":
            raise UsageError(f"--out {self.out}: the picture is a PNG; end its name in .png")

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height, px, of what frames become live: input_size, or the recipe's."""
        return self.input_size or RECIPES[self.recipe].input_size

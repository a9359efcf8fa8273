"""How another process makes the same engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import Self

if TYPE_CHECKING:  # a recipe is read before torch is needed
    from segmentation.engines.choose import Choice
    from segmentation.engines.engine import Precision
    from segmentation.engines.request import CheckFrames, EngineRequest


@dataclass(frozen=True, slots=True)
class Recipe:
    """All facts that an engine is made from, so that they can be sent; a call makes it.

    engine: one of ENGINE_NAMES. model: a name or file. input_size: what frames become, (width, height). is_smaller:
    whether that is another size than the model's own.
    """

    engine: str
    model: str | Path
    device: str
    precision: Precision
    cache_folder: Path
    check_frames: CheckFrames | None
    input_size: tuple[int, int]
    is_smaller: bool = False

    @classmethod
    def of(cls, engine: str, request: EngineRequest) -> Self:
        """Of what is asked for."""
        source = request.source
        return cls(
            engine=engine,
            model=source.path or source.card.model,
            device=request.device,
            precision=request.precision,
            cache_folder=request.cache.folder,
            check_frames=request.check_frames,
            input_size=source.card.input_size,
        )

    def __call__(self) -> Choice:
        """The engine. Raises what choose_engine raises."""
        from segmentation.engines.choose import choose_on_device

        choice = choose_on_device(self.engine, self._request())
        if not self.is_smaller:
            return choice
        return choice._replace(engine=choice.engine.at_input_size(self.input_size))

    def pinned(self, engine: str, precision: str) -> Self:
        """With what "auto" was found to be, so that the next one is the same."""
        return replace(self, engine=engine, precision=precision)

    def smaller(self) -> Self:
        """For frames of half the width and height."""
        width, height = self.input_size
        return self.resized((max(width // 2, 1), max(height // 2, 1)))

    def resized(self, input_size: tuple[int, int]) -> Self:
        """For another input size."""
        return replace(self, input_size=input_size, is_smaller=True)

    def _request(self) -> EngineRequest:
        from segmentation.engines.cache import EngineCache
        from segmentation.engines.request import EngineRequest
        from segmentation.model_source import find_model

        cache = EngineCache(self.cache_folder)
        return EngineRequest(find_model(self.model), self.device, self.precision, cache, self.check_frames)

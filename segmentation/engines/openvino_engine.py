"""The engine of this name is not written yet."""

from __future__ import annotations

from segmentation.engines.choose import Candidate
from segmentation.engines.request import EngineRequest
from segmentation.errors import EngineUnavailableError


def make(request: EngineRequest, *, may_build: bool) -> Candidate:
    """Refuse."""
    raise EngineUnavailableError("engine openvino is not in this version")

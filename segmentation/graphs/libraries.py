"""The libraries behind graphs, imported where they are needed: without them one line says what to install."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from segmentation.errors import EngineUnavailableError


def need(name: str, what_for: str) -> ModuleType:
    """The module of this name. Raises EngineUnavailableError where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise EngineUnavailableError(
            f"{what_for} needs the package {name.partition('.')[0]}, which is not installed or does not load"
            f" ({error}): pip install 'rgbd-live[onnx]'"
        ) from error

"""The libraries behind graphs, imported where they are needed, and without the reports that they send home."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

from segmentation.errors import EngineUnavailableError, one_line

_OPENVINO_TELEMETRY = "openvino_telemetry"
_ORT_SILENCE = "ORT_DISABLE_TELEMETRY"


def need(name: str, what_for: str) -> ModuleType:
    """The module of this name. Raises EngineUnavailableError where it is not installed."""
    try:
        with silent_telemetry():
            return import_module(name)
    except ImportError as error:
        raise EngineUnavailableError(
            f"{what_for} needs the package {name.partition('.')[0]}, which is not installed or does not load"
            f" ({one_line(error)}): pip install 'rgbd-live[onnx]'"
        ) from error


@contextmanager
def silent_telemetry() -> Iterator[None]:
    """While a library is imported for the first time: let it report nothing to anybody, now or later.

    OpenVINO and NNCF report their import, and NNCF its use, through the package openvino_telemetry unless a file in the
    home folder forbids it; where that package cannot be imported they do without. ONNX Runtime, from 1.29 on, reports
    every process, model and session unless its environment variable forbids it; whoever has set that keeps their say.
    """
    os.environ.setdefault(_ORT_SILENCE, "1")
    if sys.modules.get(_OPENVINO_TELEMETRY, ...) is not ...:
        yield  # somebody else's program loaded it: that is theirs
        return
    sys.modules[_OPENVINO_TELEMETRY] = None  # pyright: ignore[reportArgumentType] - what cannot be imported
    try:
        yield
    finally:
        del sys.modules[_OPENVINO_TELEMETRY]

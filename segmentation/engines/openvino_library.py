"""OpenVINO and NNCF: loaded when they are needed, and without the reports that they send home."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from segmentation.errors import EngineUnavailableError, one_line

_TELEMETRY = "openvino_telemetry"


def load_openvino() -> Any:
    """The module openvino. Raises EngineUnavailableError where it is not installed or cannot be loaded."""
    try:
        with silent_telemetry():
            import openvino
    except ModuleNotFoundError as error:
        raise EngineUnavailableError(
            'engine openvino: OpenVINO is not installed; pip install "rgbd-live[openvino]"'
        ) from error
    except ImportError as error:
        raise EngineUnavailableError(
            f"engine openvino: OpenVINO cannot be loaded ({one_line(error)});"
            " pip install --force-reinstall --no-deps openvino"
        ) from error
    return openvino


def load_nncf() -> Any:
    """The module nncf, which quantises. Raises EngineUnavailableError where it is not installed."""
    load_openvino()
    try:
        with silent_telemetry():
            import nncf
    except ImportError as error:
        raise EngineUnavailableError(
            f'precision int8 needs NNCF, which cannot be loaded ({one_line(error)}); pip install "rgbd-live[int8]"'
        ) from error
    return nncf


@contextmanager
def silent_telemetry() -> Iterator[None]:
    """While OpenVINO or NNCF is imported for the first time: let it find nobody to report to.

    Both report their import, and NNCF its use, to a web service through the package openvino_telemetry unless a file in
    the home folder forbids it; where that package cannot be imported they do without.
    """
    before = sys.modules.get(_TELEMETRY, ...)
    if before is not ...:
        yield  # somebody else's program loaded it: that is theirs
        return
    sys.modules[_TELEMETRY] = None  # pyright: ignore[reportArgumentType] - how Python marks what cannot be imported
    try:
        yield
    finally:
        del sys.modules[_TELEMETRY]


@lru_cache(maxsize=1)
def openvino_core() -> Any:
    """The one openvino.Core of this process. Raises EngineUnavailableError."""
    return load_openvino().Core()

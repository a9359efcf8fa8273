"""OpenVINO and NNCF: loaded when they are needed, and without the reports that they send home."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from segmentation.errors import EngineUnavailableError, one_line
from segmentation.graphs.libraries import silent_telemetry


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


def openvino_reason(error: RuntimeError) -> str:
    """What OpenVINO found, short enough for one line: it says first where in its sources it was, and last what."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:200] if lines else one_line(error)


@lru_cache(maxsize=1)
def openvino_core() -> Any:
    """The one openvino.Core of this process. Raises EngineUnavailableError."""
    return load_openvino().Core()

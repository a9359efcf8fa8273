"""The library, imported where it is needed, and what it says.

Names and meanings are those of NVIDIA's Python reference, the same in 10.x and 11.x but for what is noted where it is
used: https://docs.nvidia.com/deeplearning/tensorrt/latest/_static/python-api/ (Core and ONNX Parser).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

import torch

from segmentation.engines.torch_engine import resolve_device
from segmentation.errors import EngineUnavailableError, one_line

OLDEST_MAJOR = 10  # the first with strong types and tensors by name alone; Jetsons stay on it
INSTALL = "pip install 'rgbd-live[tensorrt]'; on a Jetson it comes with JetPack: see docs/engines.md"
_log = logging.getLogger(__name__)
_unusable: list[Any] = []


def load_tensorrt() -> Any:
    """The module `tensorrt`. Raises EngineUnavailableError where it is missing, broken or too old."""
    try:
        trt = import_module("tensorrt")
    except ModuleNotFoundError as error:
        if error.name != "tensorrt":
            raise _broken(error) from error
        raise EngineUnavailableError(f"engine tensorrt: TensorRT is not installed: {INSTALL}") from error
    except (ImportError, OSError) as error:  # OSError: where it looks for its own libraries
        raise _broken(error) from error
    if int(trt.__version__.partition(".")[0]) < OLDEST_MAJOR:
        raise EngineUnavailableError(
            f"engine tensorrt: TensorRT {trt.__version__} is too old, {OLDEST_MAJOR} or newer is needed: {INSTALL}"
        )
    return trt


def gpu_device(name: str) -> torch.device:
    """The CUDA device of a request. Raises ValueError for a name that is none; EngineUnavailableError for another."""
    device = resolve_device(name)
    if device.type != "cuda":
        raise EngineUnavailableError(
            "engine tensorrt needs an NVIDIA GPU that torch can use (`rgbd-live doctor` says why there is none);"
            " use --engine auto"
        )
    return device


@lru_cache(maxsize=1)
def messages() -> Any:
    """The process's one TensorRT logger. `errors`: what went wrong since; `take()` gives the first of it and forgets.

    One, and for as long as the process lives: TensorRT goes on using the first that it was given.
    """
    trt = load_tensorrt()
    grave = (trt.ILogger.Severity.INTERNAL_ERROR, trt.ILogger.Severity.ERROR)

    class Messages(trt.ILogger):
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.errors: list[str] = []

        def log(self, severity: Any, message: str) -> None:
            _log.debug("%s", message)
            if severity in grave:
                self.errors.append(" ".join(message.split()))

        def take(self) -> str:
            errors, self.errors = self.errors, []
            return errors[0][:200] if errors else "it does not say why"  # the first: the others follow from it

    return Messages()


def started(kind: Callable[[Any], Any]) -> Any:
    """A Builder or a Runtime. Raises EngineUnavailableError where TensorRT does not get on with the GPU's driver.

    It then gives nothing, or (11.4 with a driver that is too old for it) logs an error and gives an object whose next
    use kills the process, even its end: it is kept.
    """
    log = messages()
    log.take()
    try:
        made = kind(log)
    except TypeError:  # the binding's word for a null pointer
        made = None
    if made is None or log.errors:
        _unusable.append(made)
        raise EngineUnavailableError(
            f"engine tensorrt: TensorRT does not start on this GPU ({log.take()}): update the NVIDIA driver, or install"
            " the TensorRT for its version of CUDA; until then --engine torch"
        )
    return made


def _broken(error: Exception) -> EngineUnavailableError:
    return EngineUnavailableError(f"engine tensorrt: TensorRT does not load ({one_line(error)}): {INSTALL}")

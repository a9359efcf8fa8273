"""`--engine`: the one that was asked for, or the best that works here, and why it is that one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import NamedTuple

from segmentation.engines.engine import ENGINE_NAMES, PRECISIONS, Engine
from segmentation.engines.parity import accept
from segmentation.engines.request import EngineRequest
from segmentation.errors import EngineUnavailableError

# By kind of device, the quickest first. What must be built for minutes is taken only where it was built already.
AUTO_ORDER = {"cpu": ("openvino", "onnx", "torch"), "cuda": ("tensorrt", "torch")}
_MODULES = {
    "torch": "segmentation.engines.torch_engine",
    "onnx": "segmentation.engines.onnx_engine",
    "openvino": "segmentation.engines.openvino_engine",
    "tensorrt": "segmentation.engines.tensorrt_engine",
}


class Candidate(NamedTuple):
    """An engine that was made and not yet accepted.

    key: of its entry in the cache, where its parity report lies; None for one that need not be compared: torch in
    float32, which is what the others are compared with.
    """

    engine: Engine
    key: Mapping[str, str] | None


class Choice(NamedTuple):
    """The engine to use. reason: why this one, and why not a quicker one."""

    engine: Engine
    reason: str


class NotBuiltError(EngineUnavailableError):
    """The engine would have to be built first, which takes minutes."""


def choose_engine(name: str, request: EngineRequest) -> Choice:
    """The engine of a name of ENGINE_NAMES; "auto" takes the first of AUTO_ORDER that can be had and is accepted.

    Raises ValueError for a name, device or precision that is none; EngineUnavailableError where it cannot be had;
    CheckpointError for a bad file.
    """
    if name not in ENGINE_NAMES:
        raise ValueError(f"unknown engine {name!r}: use one of {', '.join(ENGINE_NAMES)}")
    if request.precision not in PRECISIONS:
        raise ValueError(f"unknown precision {request.precision!r}: use one of {', '.join(PRECISIONS)}")
    if name != "auto":
        return Choice(_accepted(name, request, may_build=True), "as asked for")
    from segmentation.engines.torch_engine import resolve_device

    passed_over = []
    order = AUTO_ORDER[resolve_device(request.device).type]
    for candidate in order:
        try:
            engine = _accepted(candidate, request, may_build=False)
        except EngineUnavailableError as error:
            passed_over.append(str(error))
        else:
            return Choice(engine, "; ".join(passed_over) or f"the quickest on {engine.device_name}")
    raise EngineUnavailableError("no engine can run this model here: " + "; ".join(passed_over))


def _accepted(name: str, request: EngineRequest, *, may_build: bool) -> Engine:
    make: Callable[..., Candidate] = import_module(_MODULES[name]).make
    engine, key = make(request, may_build=may_build)
    if key is None:
        return engine
    try:
        if request.check_frames is None:
            raise EngineUnavailableError(f"engine {name}: no frames at hand to check it with")
        accept(engine, lambda: _reference(request), request.check_frames, request.cache.path(key))
    except BaseException:
        engine.close()
        raise
    return engine


def _reference(request: EngineRequest) -> Engine:
    """Torch in float32 on the CPU; for an exported graph ONNX Runtime, which computes what the graph says."""
    if request.source.is_graph:
        from segmentation.engines.onnx_engine import OnnxEngine

        return OnnxEngine(request.source.card, request.source.path, device="cpu")
    from segmentation.engines.torch_engine import TorchEngine

    return TorchEngine(request.source.card, request.source.network(), device="cpu", precision="fp32")

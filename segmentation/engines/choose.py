"""`--engine`: the one that was asked for, or the best that works here, and why it is that one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, TypeVar

from segmentation.engines.cache import EngineCache
from segmentation.engines.engine import ENGINE_NAMES, PRECISIONS, Engine, Precision
from segmentation.engines.parity import Gate, accept, least_agreement
from segmentation.engines.request import EngineRequest
from segmentation.errors import EngineUnavailableError

T = TypeVar("T")
# By kind of device, the quickest first. What must be built for minutes is taken only where it was built already.
AUTO_ORDER = {"cpu": ("openvino", "onnx", "torch"), "cuda": ("tensorrt", "torch")}
AUTO_ORDER_OF_GRAPHS = {"cpu": ("openvino", "onnx"), "cuda": ("tensorrt", "onnx")}  # which torch does not run
_MODULES = {
    "torch": "segmentation.engines.torch_engine",
    "onnx": "segmentation.engines.onnx_engine",
    "openvino": "segmentation.engines.openvino_engine",
    "tensorrt": "segmentation.engines.tensorrt_engine",
    "torch-compile": "segmentation.engines.compiled_engine",
}
_ONLY_ON_CPU = ("openvino",)


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


class OnlyWhatIsThere(EngineCache):
    """A cache in which nothing is made that is not there, or not whole."""

    def obtain(self, key: Mapping[str, str], build: Callable[[Path], None], load: Callable[[Path], T]) -> T:
        """See EngineCache. Raises NotBuiltError."""

        def refuse(folder: Path) -> None:
            raise NotBuiltError(f"{key['kind']} is not prepared yet, which takes check_frames or a start of rgbd-live")

        return super().obtain(key, refuse, load)


def choose_engine(
    name: str, request: EngineRequest, *, on_gpu: Callable[[str, EngineRequest], Choice] | None = None
) -> Choice:
    """The engine of a name of ENGINE_NAMES; "auto" takes the quickest that can be had and is accepted.

    on_gpu: chooses for a request whose device is a CUDA one, instead of choose_on_device. The device "auto" is the CPU
    where the GPU cannot be used. Raises ValueError for a name, device or precision that is none; EngineUnavailableError
    where it cannot be had; CheckpointError for a bad file.
    """
    from segmentation.engines.torch_engine import resolve_device

    if name not in ENGINE_NAMES:
        raise ValueError(f"unknown engine {name!r}: use one of {', '.join(ENGINE_NAMES)}")
    if request.precision not in PRECISIONS:
        raise ValueError(f"unknown precision {request.precision!r}: use one of {', '.join(PRECISIONS)}")
    may_change = request.device == "auto"
    device = resolve_device("cpu" if may_change and name in _ONLY_ON_CPU else request.device)
    if device.type == "cpu":
        return choose_on_device(name, request)
    try:
        return (on_gpu or choose_on_device)(name, replace(request, device=str(device)))
    except EngineUnavailableError as error:
        if not may_change:
            raise
        try:
            engine = choose_on_device(name, replace(request, device="cpu")).engine
        except EngineUnavailableError:
            raise error from None
        return Choice(engine, f"instead of {device}: {_cause(error)}")


def choose_on_device(name: str, request: EngineRequest) -> Choice:
    """The same, on the device that the request names and no other."""
    # Without frames nothing that is made now could be accepted.
    request = request if request.check_frames else replace(request, cache=OnlyWhatIsThere(request.cache.folder))
    if name != "auto":
        return Choice(accepted(name, request), "as asked for")
    passed_over: dict[str, str] = {}
    for label, candidate, precision in _order(request):
        try:
            engine = accepted(candidate, replace(request, precision=precision), may_build=False)
        except EngineUnavailableError as error:
            passed_over[label] = _cause(error)
        else:
            return Choice(engine, _reason(passed_over, engine))
    causes = "; ".join(f"{label}: {cause}" for label, cause in passed_over.items())
    raise EngineUnavailableError(f"no engine can run this model here: {causes}")


def accepted(name: str, request: EngineRequest, *, may_build: bool = True) -> Engine:
    """An engine that has passed the parity gate, now or before.

    may_build: also what takes minutes; else raises NotBuiltError for it. Raises what choose_engine raises.
    """
    make: Callable[..., Candidate] = import_module(_MODULES[name]).make
    engine, key = make(request, may_build=may_build)
    if key is None:
        return engine
    frames = request.check_frames
    gate = Gate(_reference_name(request), frames.name if frames else "", least_agreement(engine.precision))
    try:
        accept(engine, lambda: _reference(request), frames, gate, request.cache.path(key))
    except BaseException:
        engine.close()
        raise
    return engine


def _order(request: EngineRequest) -> list[tuple[str, str, Precision]]:
    """What to try: in words, the engine, the precision."""
    from segmentation.engines.torch_engine import resolve_device

    kind, precision = resolve_device(request.device).type, request.precision
    names = (AUTO_ORDER_OF_GRAPHS if request.source.is_graph else AUTO_ORDER)[kind]
    order: list[tuple[str, str, Precision]] = [(name, name, precision) for name in names]
    if kind == "cuda" and precision == "auto" and "torch" in names:
        order.append(("torch in full precision", "torch", "fp32"))
    return order


def _reason(passed_over: Mapping[str, str], engine: Engine) -> str:
    """Why it is this engine; of those passed over, the quickest one's cause is what a user can mend."""
    if not passed_over:
        return f"the quickest on a {'CPU' if engine.device_name == 'cpu' else 'GPU'}"
    return f"instead of {' and '.join(passed_over)}: {next(iter(passed_over.values()))}"


def _cause(error: EngineUnavailableError) -> str:
    return re.sub(r"^engine \w+:? +", "", str(error))


def _reference_name(request: EngineRequest) -> str:
    import torch

    return "onnx on cpu" if request.source.is_graph else f"torch {torch.__version__} on cpu, fp32"


def _reference(request: EngineRequest) -> Engine:
    """Torch in float32 on the CPU; for an exported graph ONNX Runtime, which computes what the graph says."""
    if request.source.is_graph:
        from segmentation.engines.onnx_engine import OnnxEngine
        from segmentation.graphs.provide import obtain_graph

        return OnnxEngine(request.source.card, obtain_graph(request), device="cpu")
    from segmentation.engines.torch_engine import TorchEngine

    return TorchEngine(request.source.card, request.source.network(), device="cpu", precision="fp32")

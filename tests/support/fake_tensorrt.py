"""Stands in for NVIDIA's `tensorrt` where there is none: what our code calls, with the real names and null results.

A plan is the graph's bytes behind a header; it is run by ONNX Runtime on the memory whose addresses it was given, as
the real one is run on the GPU's. tests/segmentation/engines/test_tensorrt_api.py holds these names to the real ones.
"""

from __future__ import annotations

import ctypes
import json
import sys
import weakref
from contextlib import nullcontext
from enum import Enum
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from segmentation.engines import tensorrt_engine
from segmentation.engines.tensorrt import library

onnx = pytest.importorskip("onnx", reason="onnx is not installed (extra: onnx)")
onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra: onnx)")
GPU = SimpleNamespace(name="A GPU", major=9, minor=0)
FREE_BYTES = 8 << 30
SPLIT = b"\n--\n"
NUMPY = {"FLOAT": np.float32, "INT32": np.int32}


class ILogger:
    class Severity(Enum):
        INTERNAL_ERROR, ERROR, WARNING, INFO, VERBOSE = range(5)

    def log(self, severity: Any, message: str) -> None:
        raise NotImplementedError


class NetworkDefinitionCreationFlag(int, Enum):
    STRONGLY_TYPED = 1


class BuilderFlag(Enum):
    TF32 = 7


class MemoryPoolType(Enum):
    WORKSPACE = 0


class DataType(Enum):
    FLOAT, INT32 = range(2)


class Script(SimpleNamespace):
    """What the fake does and did. ill: what goes wrong, such as "driver", "build" or "run"; "" for nothing."""

    ill: str
    builds: int
    deserialised: int
    log: list[str]
    flags: int
    cleared: list[Any]
    workspace_bytes: int
    timing: list[bytes]


def make_fake(version: str = "11.4.0.106") -> tuple[ModuleType, Script]:
    """A module to put in place of `tensorrt`, and what tells it what to do."""
    script = Script(ill="", builds=0, deserialised=0, log=[], flags=-1, cleared=[], workspace_bytes=0, timing=[])
    module = ModuleType("tensorrt")
    module.__version__ = version

    def start(logger: ILogger) -> None:
        if script.ill == "null":
            raise TypeError("pybind11::init(): factory function returned nullptr")
        if script.ill == "driver":
            logger.log(ILogger.Severity.ERROR, "CUDA initialization failure with error: 35")

    def complain(logger: ILogger, *messages: str) -> None:
        logger.log(ILogger.Severity.WARNING, "a warning comes first")
        for message in messages:
            logger.log(ILogger.Severity.ERROR, message)

    class Builder:
        def __init__(self, logger: ILogger) -> None:
            start(logger)
            self._logger = logger

        def create_network(self, flags: int = 0) -> Any:
            script.flags = flags
            return SimpleNamespace(graph=b"")

        def create_builder_config(self) -> Any:
            return IBuilderConfig()

        def build_serialized_network(self, network: Any, config: Any) -> Any:
            script.builds += 1
            assert network.parser() is not None, "the weights went with the parser"
            if script.ill == "build":
                complain(self._logger, "could not find any implementation for node conv1", "engine build failed")
                return None
            config.timing.content += b"+"
            header = {"version": module.__version__}
            return memoryview(json.dumps(header).encode() + SPLIT + network.graph)

    class IBuilderConfig:
        timing: Any = None

        def clear_flag(self, flag: Any) -> None:
            script.cleared.append(flag)

        def set_memory_pool_limit(self, pool: Any, pool_size: int) -> None:
            assert pool is MemoryPoolType.WORKSPACE
            script.workspace_bytes = pool_size

        def create_timing_cache(self, serialized_timing_cache: bytes) -> Any:
            return ITimingCache(serialized_timing_cache)

        def set_timing_cache(self, cache: Any, ignore_mismatch: bool) -> bool:
            assert not ignore_mismatch
            if cache.content.startswith(b"other"):
                return False
            script.timing.append(cache.content)
            self.timing = cache
            return True

    class ITimingCache:
        def __init__(self, content: bytes) -> None:
            self.content = content

        def serialize(self) -> Any:
            return memoryview(self.content)

    class OnnxParser:
        def __init__(self, network: Any, logger: ILogger) -> None:
            self._network = network
            network.parser = weakref.ref(self)

        def parse_from_file(self, model: str) -> bool:
            self._network.graph = Path(model).read_bytes()
            return script.ill != "parser"

        @property
        def num_errors(self) -> int:
            return 1

        def get_error(self, index: int) -> Any:
            return ParserError()

    class ParserError:
        def desc(self) -> str:
            return "no importer\n registered"

        def node_name(self) -> str:
            return "fold"

        def node_operator(self) -> str:
            return "Col2Im"

    class Runtime:
        def __init__(self, logger: ILogger) -> None:
            start(logger)
            self._logger = logger

        def __del__(self) -> None:
            script.log.append("runtime gone")

        def deserialize_cuda_engine(self, serialized_engine: bytes) -> Any:
            assert script.ill != "driver", "the real one kills the process here"
            script.deserialised += 1
            if script.ill == "memory":
                complain(self._logger, "Error Code 1: Cuda Runtime (out of memory)", "deserialization failed")
                return None
            header, _, graph = serialized_engine.partition(SPLIT)
            if json.loads(header)["version"] != module.__version__:
                complain(self._logger, "Version tag does not match")
                return None
            return ICudaEngine(graph)

    class ICudaEngine:
        def __init__(self, graph: bytes) -> None:
            ends = onnx.load_from_string(graph).graph
            self.graph = graph
            self._ends = [*ends.input, *ends.output]

        @property
        def num_io_tensors(self) -> int:
            return len(self._ends)

        def get_tensor_name(self, index: int) -> str:
            return self._ends[index].name

        def get_tensor_shape(self, name: str) -> Any:
            return [dimension.dim_value for dimension in self._end(name).shape.dim]

        def get_tensor_dtype(self, name: str) -> Any:
            return DataType.FLOAT if self._end(name).elem_type == onnx.TensorProto.FLOAT else DataType.INT32

        def create_execution_context(self) -> Any:
            return None if script.ill == "context" else IExecutionContext(self)

        def _end(self, name: str) -> Any:
            return next(end.type.tensor_type for end in self._ends if end.name == name)

    class IExecutionContext:
        def __init__(self, engine: Any) -> None:
            self._engine = engine
            self._addresses: dict[str, int] = {}
            self._session = onnxruntime.InferenceSession(engine.graph, providers=["CPUExecutionProvider"])

        def set_tensor_address(self, name: str, memory: int) -> bool:
            self._addresses[name] = memory
            return True

        def execute_async_v3(self, stream_handle: int) -> bool:
            assert stream_handle, "the default stream makes TensorRT wait for the whole device"
            script.log.append("run")
            if script.ill == "run":
                return False
            inputs = {entry.name: self._at(entry.name) for entry in self._session.get_inputs()}
            outputs = [entry.name for entry in self._session.get_outputs()]
            for name, value in zip(outputs, self._session.run(outputs, inputs), strict=True):
                self._at(name)[...] = value
            return True

        def _at(self, name: str) -> Any:
            kind, shape = NUMPY[self._engine.get_tensor_dtype(name).name], self._engine.get_tensor_shape(name)
            size = int(np.prod(shape)) * np.dtype(kind).itemsize
            memory = (ctypes.c_char * size).from_address(self._addresses[name])
            return np.frombuffer(memory, kind).reshape(shape)

    shared = (ILogger, NetworkDefinitionCreationFlag, BuilderFlag, MemoryPoolType, DataType)
    own = (Builder, IBuilderConfig, ITimingCache, OnnxParser, ParserError, Runtime, ICudaEngine, IExecutionContext)
    for value in (*shared, *own):
        setattr(module, value.__name__, value)
    return module, script


class Stream:
    cuda_stream = 77

    def __init__(self, *_: Any) -> None:
        pass

    def wait_stream(self, other: Any) -> None:
        pass


def pretend_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU's memory is taken for a GPU's."""
    monkeypatch.setattr(tensorrt_engine, "gpu_device", lambda name: torch.device("cpu"))
    monkeypatch.setattr(tensorrt_engine, "driver_major", lambda: 13)
    for name, stand_in in {
        "device": nullcontext,
        "stream": nullcontext,
        "Stream": Stream,
        "current_stream": Stream,
        "set_stream": lambda stream: None,
        "synchronize": lambda device=None: None,
        "get_device_name": lambda device: GPU.name,
        "get_device_properties": lambda device: GPU,
        "mem_get_info": lambda device: (FREE_BYTES, 2 * FREE_BYTES),
    }.items():
        monkeypatch.setattr(torch.cuda, name, stand_in)


def install_fake(monkeypatch: pytest.MonkeyPatch, version: str = "11.4.0.106") -> Script:
    """Put the stand-in in place of `tensorrt`; whoever asks clears library.messages when it goes again."""
    module, script = make_fake(version)
    monkeypatch.setitem(sys.modules, "tensorrt", module)
    library.messages.cache_clear()
    return script

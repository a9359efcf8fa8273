"""A plan, which is what TensorRT makes of a graph for one GPU: minutes of trying out kernels, once."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from typing_extensions import Buffer

from segmentation.engines.tensorrt.library import load_tensorrt, messages, started
from segmentation.errors import EngineUnavailableError

TIMING_FILE = "timing.cache"
_log = logging.getLogger(__name__)


def build_plan(graph: Path, timing_folder: Path, device: torch.device) -> Buffer:
    """The plan of an ONNX graph for this device, as bytes.

    Types are the graph's: the network is strongly typed, so half precision is where the graph has it. timing_folder:
    where the times of kernels are kept for the next graph. Raises EngineUnavailableError where TensorRT refuses.
    """
    trt = load_tensorrt()
    _log.warning(f"building the TensorRT engine for {torch.cuda.get_device_name(device)}: some minutes, once")
    with torch.cuda.device(device):
        builder = started(trt.Builder)
        # 11.x takes the flag and ignores it: its networks have no other kind of types.
        network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
        parser = trt.OnnxParser(network, messages())  # owns the weights, so it must live until the plan is there
        if not parser.parse_from_file(str(graph)):
            raise EngineUnavailableError(
                f"engine tensorrt: TensorRT {trt.__version__} does not take {graph.name}: {_parser_errors(parser)};"
                " use --engine torch"
            )
        config = builder.create_builder_config()
        config.clear_flag(trt.BuilderFlag.TF32)  # float32 is float32, as in torch's engine
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, torch.cuda.mem_get_info(device)[0] // 2)
        timing = _attach_timing(config, timing_folder / TIMING_FILE)
        plan = builder.build_serialized_network(network, config)
        if plan is None:
            raise EngineUnavailableError(
                f"engine tensorrt: TensorRT cannot build the engine ({messages().take()}); use --engine torch"
            )
        _keep(timing.serialize(), timing_folder / TIMING_FILE)
    return plan


def _parser_errors(parser: Any) -> str:
    errors = [parser.get_error(index) for index in range(parser.num_errors)]
    what = "; ".join(f"{error.node_operator()} {error.node_name()}: {error.desc()}" for error in errors[:2])
    return " ".join(what.split())[:300]


def _attach_timing(config: Any, file: Path) -> Any:
    """What is known of kernels' times on this GPU; one of another GPU or version, or a damaged one, is begun anew.

    Whoever calls holds it until the build is over.
    """
    with suppress(OSError):
        timing = config.create_timing_cache(file.read_bytes())
        if timing is not None and config.set_timing_cache(timing, False):
            return timing
    messages().take()
    timing = config.create_timing_cache(b"")
    config.set_timing_cache(timing, False)
    return timing


def _keep(content: Buffer, file: Path) -> None:
    """Best effort: without it the next build takes longer."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True, mode=0o700)
        part.write_bytes(content)
        part.replace(file)

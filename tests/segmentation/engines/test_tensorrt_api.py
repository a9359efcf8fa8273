"""That the names our code and its stand-in use are the real library's. Needs TensorRT, but no GPU."""

from __future__ import annotations

import inspect

import pytest
import torch
from fake_tensorrt import make_fake

from segmentation.errors import EngineUnavailableError

trt = pytest.importorskip("tensorrt")
FAKE = make_fake()[0]
KINDS = [name for name, value in vars(FAKE).items() if inspect.isclass(value)]
SIGNATURES = {
    ("Builder", "create_network"): "flags",
    ("Builder", "build_serialized_network"): "network: tensorrt, config: tensorrt",
    ("IBuilderConfig", "set_memory_pool_limit"): "pool: tensorrt, pool_size",
    ("IBuilderConfig", "create_timing_cache"): "serialized_timing_cache",
    ("IBuilderConfig", "set_timing_cache"): "cache: tensorrt, ignore_mismatch: bool",
    ("OnnxParser", "parse_from_file"): "model: str",
    ("Runtime", "deserialize_cuda_engine"): "serialized_engine",
    ("IExecutionContext", "set_tensor_address"): "name: str, memory",
    ("IExecutionContext", "execute_async_v3"): "stream_handle",
}


def public(kind: type) -> list[str]:
    return [name for name in dir(kind) if not name.startswith("_") and name not in ("graph", "timing", "content")]


def test_the_version_is_one_we_know_of():
    assert int(trt.__version__.split(".")[0]) in (10, 11)


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_is_there(kind):
    real = getattr(trt, kind)
    inherited = set(dir(int))
    missing = [name for name in public(getattr(FAKE, kind)) if name not in inherited and not hasattr(real, name)]
    assert missing == []


@pytest.mark.parametrize(("kind", "method"), SIGNATURES)
def test_arguments_are_in_the_order_in_which_they_are_given(kind, method):
    signature = getattr(getattr(trt, kind), method).__doc__.replace("tensorrt_bindings.", "")
    position = 0
    for part in SIGNATURES[kind, method].split(", "):
        position = signature.find(part, position)
        assert position >= 0, part


def test_a_logger_of_ours_can_be_made():
    from segmentation.engines.tensorrt.library import messages

    log = messages()
    log.log(trt.ILogger.Severity.WARNING, "nothing")
    log.log(trt.ILogger.Severity.ERROR, "the first\nthing")
    log.log(trt.ILogger.Severity.ERROR, "what follows")
    assert log.take() == "the first thing"
    assert log.errors == []


def test_a_runtime_that_cannot_reach_a_gpu_is_refused_before_it_is_used():
    from segmentation.engines.tensorrt.library import started

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(EngineUnavailableError, match="does not start on this GPU"):
        started(trt.Runtime)

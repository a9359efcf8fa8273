"""What only TensorRT on a real GPU can show: `pytest -m gpu` where both are there. Builds engines: minutes."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch

from console.check_frames import DEMO_CHECK_FRAMES
from segmentation.engines import tensorrt_engine
from segmentation.engines.cache import EngineCache, seal
from segmentation.engines.choose import NotBuiltError, accepted
from segmentation.engines.request import EngineRequest
from segmentation.model_source import find_model
from segmentation.models import DEFAULT_MODEL

pytest.importorskip("tensorrt")
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.slow,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    pytest.mark.timeout(3600),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return EngineCache(tmp_path_factory.mktemp("engines"))


def request_for(cache, model=DEFAULT_MODEL, precision="fp16"):
    return EngineRequest(
        find_model(model), device="cuda", precision=precision, cache=cache, check_frames=DEMO_CHECK_FRAMES
    )


@pytest.mark.parametrize("precision", ["fp16", "fp32"])
def test_it_is_built_accepted_and_then_loaded_by_auto(cache, precision):
    request = request_for(cache, precision=precision)
    with pytest.raises(NotBuiltError):
        tensorrt_engine.make(request, may_build=False)
    first = accepted("tensorrt", request)
    started_s = time.perf_counter()
    second = accepted("tensorrt", request, may_build=False)
    print(f"{precision}: loaded in {time.perf_counter() - started_s:.2f} s")
    for frame in list(DEMO_CHECK_FRAMES())[:4]:
        results = [engine.run(*frame) for engine in (first, second, second)]
        for result in results[1:]:
            np.testing.assert_array_equal(result.labels, results[0].labels)
    first.close()
    second.close()


def test_the_larger_networks_are_taken_too(cache):
    for model in ("malleable-deresunet-r18", "malleable-deresunet-r50"):
        engine = tensorrt_engine.make(request_for(cache, model), may_build=True).engine
        assert np.isfinite(engine.run(*next(iter(DEMO_CHECK_FRAMES()))).confidence).all()
        engine.close()


def test_a_plan_that_is_none_is_built_again(cache):
    request = request_for(cache)
    candidate = tensorrt_engine.make(request, may_build=True)
    candidate.engine.close()
    plan = cache.path(candidate.key) / tensorrt_engine.PLAN_FILE
    plan.write_bytes(plan.read_bytes()[: plan.stat().st_size // 2])
    seal(plan.parent, candidate.key)  # so that TensorRT gets to see it
    with pytest.raises(NotBuiltError):
        tensorrt_engine.make(request, may_build=False)
    tensorrt_engine.make(request, may_build=True).engine.close()

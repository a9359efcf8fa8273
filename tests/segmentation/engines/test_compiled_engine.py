from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from random_models import INPUT_SIZE, MODEL, lively_model
from torch import nn

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.engines.compiled_engine import CompiledEngine
from segmentation.engines.cuda.cuda_engine import CudaEngine
from segmentation.engines.torch_engine import TorchEngine, engine_key
from segmentation.errors import EngineUnavailableError
from segmentation.malleable import MalleableConv2d
from segmentation.model_source import ModelSource
from segmentation.segmenter import load_segmenter

CARD = ModelCard(MODEL, class_set("nyu13"), INPUT_SIZE)


def test_on_a_cpu_it_is_refused_with_the_reason() -> None:
    with pytest.raises(EngineUnavailableError, match=r"needs a CUDA device: .* use --engine torch"):
        load_segmenter(engine="torch-compile", device="cpu")


def test_the_network_is_compiled_once_its_weights_are_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[nn.Module] = []

    def compile_(model: nn.Module, *, dynamic: bool) -> nn.Module:
        layers = [layer for layer in model.modules() if isinstance(layer, MalleableConv2d)]
        assert layers
        assert all(layer._folded is not None for layer in layers)
        assert not dynamic
        compiled.append(model)
        return model

    monkeypatch.setattr(torch, "compile", compile_)
    engine = CompiledEngine(CARD, lively_model(13), device="cpu")
    assert len(compiled) == 1
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 256, (48, 64, 3), np.uint8), np.ones((48, 64), np.float32), (50.0, 50.0)
    plain = TorchEngine(CARD, lively_model(13), device="cpu")
    assert np.array_equal(engine.run(*frame).labels, plain.run(*frame).labels)


def test_no_frame_has_it_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiling anew takes longer than a frame is waited for; torch does for other strides or kinds of tensors."""
    compiled: list[object] = []

    def count(graph: torch.fx.GraphModule, _: object) -> Callable[..., object]:
        compiled.append(graph)
        return graph.forward

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=count))
    engine = CudaEngine(CompiledEngine(CARD, lively_model(13), device="cpu"), recorded=lambda work: work)
    count_before = len(compiled)
    rng = np.random.default_rng(0)
    for size in ((48, 64), (96, 128), (37, 41)):
        engine.run(rng.integers(0, 256, (*size, 3), np.uint8), np.ones(size, np.float32), (50.0, 50.0))
    assert len(compiled) == count_before > 0


def test_it_is_compiled_when_it_is_made_and_what_cannot_be_compiled_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def compile_(model: nn.Module, **_: object) -> Callable[..., torch.Tensor]:
        def compiled(*_: object) -> torch.Tensor:
            raise NotImplementedError("no C compiler\nTo see more, set TORCH_LOGS")

        return compiled

    monkeypatch.setattr(torch, "compile", compile_)
    with pytest.raises(EngineUnavailableError, match=r"cannot be compiled \(no C compiler\); use --engine torch$"):
        CompiledEngine(CARD, lively_model(13), device="cpu")


def test_its_parity_report_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", lambda model, **_: model)
    source = ModelSource(CARD, None)
    engine = CompiledEngine(CARD, lively_model(13), device="cpu")
    assert engine_key(source, engine) != engine_key(source, TorchEngine(CARD, lively_model(13), device="cpu"))

"""`rgbd-train export --to tensorrt`, with a stand-in for the library."""

from __future__ import annotations

import json
import sys

import pytest
from fake_tensorrt import install_fake, pretend_gpu
from tiny_graph import CARD, write_tiny_graph

from console.interrupt import Interrupt
from segmentation.engines import tensorrt_engine
from segmentation.engines.parity import EngineRefusedError
from segmentation.engines.request import EngineRequest
from segmentation.engines.tensorrt import library
from segmentation.errors import EngineUnavailableError
from segmentation.model_source import find_model
from training.export.command import run_export
from training.export.options import ExportOptions


@pytest.fixture
def options(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_tiny_graph(tmp_path / "tiny.onnx")
    return ExportOptions(model=str(tmp_path / "tiny.onnx"), to="tensorrt", out=tmp_path / "out" / "tiny.engine")


@pytest.fixture
def trt(monkeypatch):
    pretend_gpu(monkeypatch)
    yield install_fake(monkeypatch)
    library.messages.cache_clear()


def test_the_file_its_report_and_what_is_said(trt, options, capsys):
    assert run_export(options, Interrupt()) == 0
    assert json.loads(options.report.read_text())["accepted"]
    said = capsys.readouterr().err
    assert f"{CARD.model} for 32x24, fp32" in said
    assert "for TensorRT 11.4.0.106 on A GPU (compute 9.0) and no other" in said
    request = EngineRequest(find_model(options.model))
    candidate = tensorrt_engine.make(request, may_build=False)  # a plain start takes it
    assert (request.cache.path(candidate.key) / tensorrt_engine.PLAN_FILE).read_bytes() == options.out.read_bytes()
    assert trt.builds == 1


def test_an_engine_with_other_labels_is_not_given(trt, options, monkeypatch):
    logits = tensorrt_engine.TensorRTNetwork.logits
    monkeypatch.setattr(tensorrt_engine.TensorRTNetwork, "logits", lambda *given: -logits(*given))
    with pytest.raises(EngineRefusedError):
        run_export(options, Interrupt())
    assert not options.out.exists()


def test_without_the_library_nothing_is_left(options, monkeypatch):
    pretend_gpu(monkeypatch)
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    with pytest.raises(EngineUnavailableError, match="TensorRT is not installed"):
        run_export(options, Interrupt())
    assert not options.out.parent.exists()

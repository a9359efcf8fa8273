"""A malleable network of random weights, and its graph: exported once for all tests, into the suite's own cache."""

from __future__ import annotations

from pathlib import Path

import pytest
from random_models import save_model

from segmentation.engines.request import EngineRequest
from segmentation.model_source import ModelSource, find_model


def exported_model(folder: Path) -> tuple[ModelSource, Path]:
    """For frames of 64x48 and the classes of nyu13. folder: takes the model file, whose bytes are always the same."""
    for library in ("onnx", "onnxscript"):
        pytest.importorskip(library, reason=f"{library} is not installed (extra: onnx)")
    from segmentation.graphs.provide import obtain_graph

    source = find_model(save_model(folder / "lively.safetensors", "nyu13"))
    return source, obtain_graph(EngineRequest(source, device="cpu"))

"""A graph that several tests look at; an export takes seconds."""

from __future__ import annotations

from pathlib import Path

import pytest
from exported_model import exported_model

from segmentation.model_source import ModelSource


@pytest.fixture(scope="session")
def _exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelSource, Path]:
    return exported_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def source(_exported: tuple[ModelSource, Path]) -> ModelSource:
    """A malleable network for 64x48."""
    return _exported[0]


@pytest.fixture(scope="session")
def graph(_exported: tuple[ModelSource, Path]) -> Path:
    """Its graph in float32."""
    return _exported[1]

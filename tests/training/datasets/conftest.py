"""A folder of prepared samples, written once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from prepared_planes import write_planes

from sensors.prepared import PreparedIndex, read_index


@pytest.fixture(scope="session")
def planes_index(tmp_path_factory: pytest.TempPathFactory) -> PreparedIndex:
    """Six samples to train on, two to validate, one to test, of two sizes and cameras; not to be changed."""
    return write_planes(tmp_path_factory.mktemp("planes"), sizes=((64, 48), (80, 60)))


@pytest.fixture
def own_index(planes_index: PreparedIndex, tmp_path: Path) -> PreparedIndex:
    """A copy that a test may damage."""
    shutil.copytree(planes_index.root, tmp_path / "planes")
    return read_index(tmp_path / "planes")

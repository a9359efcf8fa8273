from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.heavy_imports import without_collecting


@pytest.fixture(autouse=True)
def _as_it_was():
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_collected_meanwhile_and_what_came_is_set_aside() -> None:
    frozen = gc.get_freeze_count()
    with without_collecting():
        assert not gc.isenabled()
        imported = [[] for _ in range(100)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= frozen + len(imported)


def test_a_failure_leaves_the_collector_as_it_was() -> None:
    with pytest.raises(ImportError), without_collecting():
        raise ImportError
    assert gc.isenabled()
    gc.disable()
    with without_collecting():
        pass
    assert not gc.isenabled()


def test_what_was_there_before_is_let_go_at_the_end() -> None:
    script = """
from console.heavy_imports import without_collecting
class Circle:
    def __init__(self): self.itself = self
    def __del__(self): print("let go")
circle = Circle()
with without_collecting():
    pass
del circle
"""
    told = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=told, check=True)
    assert done.stdout == "let go\n"

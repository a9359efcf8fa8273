from __future__ import annotations

import gc

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

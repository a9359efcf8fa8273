"""A fixture for folders of tests that train: a conftest.py imports it, and then it holds for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For images this small, threads that wait for each other take longer than the work, most of all on a busy machine.

    Programs that a test starts are told too.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield
    torch.set_num_threads(before)

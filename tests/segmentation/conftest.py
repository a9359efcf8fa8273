from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """The tensors of these tests are small; on a busy machine a second thread is mostly waited for."""
    import torch

    torch.set_num_threads(1)

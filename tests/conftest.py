"""What every test may ask for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.say import name_program, program_name
from console.threads import let_threads_sleep

ROOT = Path(__file__).resolve().parent.parent
let_threads_sleep()  # as the programs do, before any test imports torch
sys.path.insert(0, str(ROOT / "tests" / "support"))  # `from fake_camera import ...` in any test


@pytest.fixture(autouse=True)
def own_name() -> Iterator[None]:
    """A test that runs a program here leaves its name to no other test."""
    name = program_name()
    yield
    name_program(name)


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """Real recordings and images that lie beside the checkout, not in it."""
    path = Path(os.environ.get("RGBD_LIVE_SAMPLE_DATA", ROOT.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip(f"sample data not found at {path} (set RGBD_LIVE_SAMPLE_DATA)")
    return path

"""What every test may ask for."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from console.say import name_program, program_name
from console.threads import let_threads_sleep

ROOT = Path(__file__).resolve().parent.parent
let_threads_sleep()  # as the programs do, before any test imports torch
# What the programs keep for later starts is neither found in nor left in the user's own cache folder.
CACHE = tempfile.mkdtemp(prefix="rgbd-live-tests-")
os.environ["XDG_CACHE_HOME"] = CACHE
# Tests that import these libraries themselves let them report nothing: ONNX Runtime; OpenVINO and NNCF.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
sys.modules["openvino_telemetry"] = cast("Any", None)  # what cannot be imported
sys.path.insert(0, str(ROOT / "tests" / "support"))  # `from fake_camera import ...` in any test


def pytest_sessionfinish() -> None:
    shutil.rmtree(CACHE, ignore_errors=True)


@pytest.fixture(autouse=True)
def own_name() -> Iterator[None]:
    """A test that runs a program here leaves its name to no other test."""
    name = program_name()
    yield
    name_program(name)


@pytest.fixture(autouse=True)
def own_remarks() -> Iterator[None]:
    """Nor does it leave how our packages' remarks are said, which `caplog` would then miss."""
    loggers = [logging.getLogger(package) for package in ("sensors", "segmentation", "training")]
    before = [(logger.handlers, logger.propagate) for logger in loggers]
    yield
    for logger, (handlers, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """Real recordings and images that lie beside the checkout, not in it."""
    path = Path(os.environ.get("RGBD_LIVE_SAMPLE_DATA", ROOT.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip(f"sample data not found at {path} (set RGBD_LIVE_SAMPLE_DATA)")
    return path

"""The benchmarks of a GPU run from end to end where there is none, so that they are ready where there is one."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import torch

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _scripts_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)


def run(script: str, arguments: list[str]) -> None:
    module = importlib.import_module(script)
    (module.print_cuda_table if script == "malleable" else module.main)(arguments)


@pytest.mark.parametrize(("script", "row"), [("malleable", "C=16"), ("cuda_network", "lite"), ("cuda_frames", "lite")])
def test_a_dry_run_gives_a_table(capsys: pytest.CaptureFixture[str], script: str, row: str) -> None:
    run(script, ["--dry-run"])
    printed = capsys.readouterr().out
    assert printed.startswith("dry run: these are not figures of a GPU")
    assert any(line.strip().startswith(row) for line in printed.splitlines())


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU to measure")
@pytest.mark.parametrize("script", ["malleable", "cuda_network", "cuda_frames"])
def test_without_a_gpu_nothing_is_claimed(capsys: pytest.CaptureFixture[str], script: str) -> None:
    run(script, [])
    assert capsys.readouterr().out == "not measured: no CUDA device\n"

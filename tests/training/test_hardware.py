from __future__ import annotations

import pytest
import torch

from console.errors import UsageError
from training.data import workers_for
from training.first_process import RANKS, is_first_process
from training.hardware import lightning_precision


@pytest.fixture(autouse=True)
def alone(monkeypatch) -> None:
    for name in RANKS:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("environment", "first"),
    [
        ({}, True),
        ({"RANK": "0", "LOCAL_RANK": "0"}, True),  # torchrun
        ({"RANK": "8", "LOCAL_RANK": "0"}, False),
        ({"LOCAL_RANK": "1"}, False),  # Lightning's own children
        ({"NODE_RANK": "1", "LOCAL_RANK": "0"}, False),
        ({"SLURM_PROCID": "3"}, False),
        ({"SLURM_PROCID": "0"}, True),
    ],
)
def test_one_process_writes_and_speaks(monkeypatch, environment, first) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert is_first_process() is first


@pytest.mark.parametrize(
    ("cuda", "gpu_has_bf16", "cpu_has_bf16", "device", "mixed", "precision"),
    [
        (False, False, False, "auto", True, "32-true"),
        (False, False, True, "auto", True, "bf16-mixed"),
        (False, False, True, "auto", False, "32-true"),
        (True, True, False, "auto", True, "bf16-mixed"),
        (True, False, True, "cuda", True, "16-mixed"),
        (True, True, False, "cpu", True, "32-true"),
    ],
)
def test_auto_takes_what_the_device_multiplies_in_hardware(
    monkeypatch, cuda, gpu_has_bf16, cpu_has_bf16, device, mixed, precision
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: gpu_has_bf16)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: cpu_has_bf16, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: cpu_has_bf16, raising=False)
    assert lightning_precision("auto", device, mixed) == precision


def test_a_cpu_does_not_train_in_fp16() -> None:
    with pytest.raises(UsageError, match="--precision fp16: a CPU trains in fp32 or bf16"):
        lightning_precision("fp16", "cpu", True)


@pytest.mark.parametrize(
    ("processors", "devices", "kind", "workers"),
    [(2, 1, "cpu", 0), (16, 1, "cpu", 4), (2, 1, "cuda", 1), (16, 4, "cuda", 3), (1, 4, "cuda", 1), (64, 1, "cuda", 8)],
)
def test_workers_share_the_processors(monkeypatch, processors, devices, kind, workers) -> None:
    monkeypatch.setattr("training.data.usable_cores", lambda: processors)
    assert workers_for(devices, kind) == workers

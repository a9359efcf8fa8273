"""What the machine can compute in."""

from __future__ import annotations

from typing import Any

import torch

from console.errors import UsageError


def lightning_precision(wanted: str, device: str, mixed: bool) -> Any:
    """Lightning's word for a precision. wanted: auto, fp32, bf16, fp16; mixed: whether auto may be a mixed one.

    auto is bf16 where the device multiplies it in hardware, fp16 on a GPU that does not, else fp32. Raises UsageError
    for fp16 on a CPU.
    """
    if wanted == "auto":
        wanted = fastest_precision(device) if mixed else "fp32"
    elif wanted == "fp16" and not on_cuda(device):
        raise UsageError("--precision fp16: a CPU trains in fp32 or bf16 (auto takes the faster one)")
    return {"fp32": "32-true", "bf16": "bf16-mixed", "fp16": "16-mixed"}[wanted]


def fastest_precision(device: str) -> str:
    """bf16, fp16 or fp32."""
    if on_cuda(device):
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # absent from older versions
    return "bf16" if any(getattr(torch.cpu, probe, lambda: False)() for probe in probes) else "fp32"


def on_cuda(device: str) -> bool:
    """Whether auto, cpu or cuda means a CUDA device here."""
    return device != "cpu" and torch.cuda.is_available()

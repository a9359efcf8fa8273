"""Which torch this is and what it can compute on."""

import json
from typing import Any


def describe() -> dict[str, Any]:
    """Version, build and GPUs."""
    import torch

    available = torch.cuda.is_available()
    devices = [
        torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count() if available else 0)
    ]
    return {
        "installed": True,
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "hip": torch.version.hip,
        "threads": torch.get_num_threads(),
        "gpus": [
            {"name": gpu.name, "memory_gib": gpu.total_memory / 2**30, "capability": f"{gpu.major}.{gpu.minor}"}
            for gpu in devices
        ],
        "gpu_trouble": gpu_trouble() if devices else None,
    }


def gpu_trouble() -> str | None:
    """Why the GPU does not compute; a build without kernels for it says so only when it is made to."""
    import torch

    try:
        torch.ones(8, device="cuda", dtype=torch.float16).sum().item()
    except RuntimeError as error:
        return str(error).splitlines()[0]
    return None


try:
    answer = describe()
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    answer = {"installed": False}
print(json.dumps(answer))

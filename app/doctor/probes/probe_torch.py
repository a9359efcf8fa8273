"""Which torch this is and what it can compute on."""

import json
import platform

try:
    import torch
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    print(json.dumps({"installed": False}))
else:
    available = torch.cuda.is_available()
    devices = [
        torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count() if available else 0)
    ]
    answer = {
        "installed": True,
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "hip": torch.version.hip,
        "cuda_available": available,
        "threads": torch.get_num_threads(),
        "machine": platform.machine(),
        "gpus": [
            {
                "name": device.name,
                "memory_gib": device.total_memory / 2**30,
                "capability": f"{device.major}.{device.minor}",
            }
            for device in devices
        ],
    }
    if available:
        # A build without kernels for this GPU says so only when it computes.
        answer["computes"] = bool((torch.ones(8, device="cuda", dtype=torch.float16) * 2).sum().item() == 16)
    print(json.dumps(answer))

"""GPU, display and Vulkan."""

from __future__ import annotations

import os
import shutil
import sys

from app.doctor.check import Check
from app.doctor.pip import apt_install, pip_install, pip_uninstall
from app.doctor.probe import Answer, ProbeError, Probes, run_command

VULKAN_CURE = apt_install("mesa-vulkan-drivers libvulkan1")
DESKTOP = "for a window, run it in a desktop session or over `ssh -X`"


def ask_nvidia() -> Answer:
    """One line for each GPU, as nvidia-smi has it; none without a driver. Raises ProbeError where nvidia-smi fails."""
    if shutil.which("nvidia-smi") is None:
        return {"gpus": []}
    listed = run_command(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"])
    return {"gpus": [line.strip() for line in listed.splitlines() if line.strip()]}


def check_gpu(probes: Probes) -> Check:
    """The GPU, its driver, and whether this torch can use it."""
    torch = _torch(probes)
    if torch.get("gpus"):
        return _usable_gpus(torch)
    try:
        gpus = probes["nvidia"]["gpus"]
    except ProbeError as error:
        cure = "reboot; if that does not help, reinstall the NVIDIA driver"
        return Check("GPU", "warning", f"nvidia-smi: {error}", cure)
    if not gpus:
        return Check("GPU", "absent", "no NVIDIA driver: the network runs on the CPU", "not needed")
    lack, cure = _unused_gpu(torch)
    return Check("GPU", "warning", f"{'; '.join(gpus)}; {lack}", cure)


def _usable_gpus(torch: Answer) -> Check:
    found = "; ".join(
        f"{gpu['name']}, {gpu['memory_gib']:.0f} GiB, compute {gpu['capability']}" for gpu in torch["gpus"]
    )
    if trouble := torch["gpu_trouble"]:
        cure = "install a torch build for this GPU as pytorch.org/get-started says; until then --device cpu"
        return Check("GPU", "warning", f"{found}; torch cannot compute on it: {trouble}", cure)
    return Check("GPU", "ok", found)


def _torch(probes: Probes) -> Answer:
    try:
        return probes["torch"]
    except ProbeError:
        return {"broken": True}


def _unused_gpu(torch: Answer) -> tuple[str, str]:
    """Why torch does not use a GPU that has a driver, and the cure."""
    if torch.get("broken"):
        return "torch does not work", "see torch"
    if not torch["installed"]:
        return "torch is not installed", pip_install("torch")
    if torch["cuda"] is None:
        return "this torch is a CPU build", cuda_build_cure(torch["version"])
    cure = f"update the NVIDIA driver to one for CUDA {torch['cuda']}, then reboot"
    return f"this torch (CUDA {torch['cuda']}) cannot use it", cure


def cuda_build_cure(version: str) -> str:
    """How a CPU build of torch becomes a CUDA build of the same version."""
    if sys.platform == "win32":
        return "install torch's CUDA build as pytorch.org/get-started says"
    return f"{pip_uninstall('torch')} && {pip_install('torch==' + version.partition('+')[0])}"


def ask_window() -> Answer:
    """Why the program could not open a window here, found out by the program's own probe; None where it could."""
    from app.viewers.probe import WindowProbe

    return {"reason": WindowProbe().reason()}


def check_display(probes: Probes) -> Check:
    """Whether a window opens, tried in a child process, which an unusable display kills."""
    name = "display"
    reason = probes["window"]["reason"]
    place = ", ".join(f"{key}={os.environ[key]}" for key in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(key))
    if reason is None:
        return Check(name, "ok", f"a window opens ({place or 'on the desktop'})")
    found, _, cure = reason.partition("; ")
    return Check(name, "warning" if place else "absent", found, cure.removeprefix("cure: ") or DESKTOP)


def check_vulkan(probes: Probes) -> Check:
    """The loader and its devices, which only the 3D window needs."""
    answer = probes["vulkan"]
    if answer["devices"]:
        return Check("Vulkan", "ok", "; ".join(answer["devices"]))
    lack = "a loader but no driver" if answer["loader"] else "no loader"
    return Check("Vulkan", "absent", f"{lack}: no 3D window", f"to have one: {VULKAN_CURE}")

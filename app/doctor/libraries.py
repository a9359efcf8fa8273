"""Are the Python libraries there, do they import, and which build won?"""

from __future__ import annotations

import platform
import re
import sys

from app.doctor.check import Check
from app.doctor.pip import apt_install, pip_install
from app.doctor.probe import ProbeError, Probes

NEEDED = {"numpy": "numpy", "rosbags": "rosbags", "PIL": "pillow", "safetensors": "safetensors"}
OPTIONAL = {
    "onnxscript": "every engine but torch for networks that are not exported yet, and rgbd-train export",
    "onnxruntime": "--engine onnx, and graphs of others",
    "openvino": "--engine openvino, the quickest on a CPU",
    "tensorrt": "--engine tensorrt, on NVIDIA's GPUs",
    "triton": "quicker malleable layers on NVIDIA's GPUs",
    "open3d": "the 3D window and --save-map",
    "viser": "the browser view",
    "av": "videos in H.264; without it they are MPEG-4",
}
# What to install is our own extra where one module alone is not enough.
EXTRAS = {"onnxscript": "onnx", "onnxruntime": "onnx", "openvino": "openvino", "tensorrt": "tensorrt"}
# Debian and Ubuntu packages that bring the shared libraries which the wheels expect of the system.
SYSTEM_PACKAGES = {
    "libusb-1.0": "libusb-1.0-0",
    "libudev": "libudev1",
    "libGL": "libgl1",
    "libEGL": "libegl1",
    "libglib-2.0": "libglib2.0-0",
    "libgthread-2.0": "libglib2.0-0",
    "libgomp": "libgomp1",
}


def system_library_cure(trouble: str) -> str | None:
    """The apt line for "libfoo.so.1: cannot open shared object file", or None where it is something else."""
    match = re.search(r"(lib[\w.+-]+?)\.so[\d.]*: cannot open shared object", trouble)
    package = SYSTEM_PACKAGES.get(match.group(1)) if match else None
    return apt_install(package) if package else None


def check_needed(probes: Probes, module: str) -> Check:
    """A library without which nothing runs."""
    package = NEEDED[module]
    return _check_library(
        probes, module, package, missing=Check(package, "fail", "not installed", pip_install(package))
    )


def check_optional(probes: Probes, module: str) -> Check:
    """A library that only adds something."""
    package = f"'rgbd-live[{EXTRAS[module]}]'" if module in EXTRAS else module
    cure = f"not needed; to have it: {pip_install(package)}"
    missing = Check(module, "absent", f"not installed: {OPTIONAL[module]}", cure)
    return _check_library(probes, module, module, missing=missing)


def _check_library(probes: Probes, module: str, package: str, *, missing: Check) -> Check:
    try:
        answer = probes[module]
    except ProbeError as error:
        return import_trouble(package, str(error), package)
    return Check(package, "ok", answer["version"]) if answer["installed"] else missing


def import_trouble(name: str, trouble: str, package: str) -> Check:
    """A library that is installed and cannot be imported."""
    cure = system_library_cure(trouble) or pip_install(f"--force-reinstall --no-deps {package}")
    return Check(name, "fail", trouble, cure)


def check_torch(probes: Probes) -> Check:
    """torch: version, build, threads."""
    try:
        answer = probes["torch"]
    except ProbeError as error:
        # With its dependencies: another build of the same version brings other ones.
        cure = system_library_cure(str(error)) or pip_install("--force-reinstall torch")
        return Check("torch", "fail", str(error), cure)
    if not answer["installed"]:
        return Check("torch", "fail", "not installed", pip_install("torch"))
    build = f"CUDA {answer['cuda']}" if answer["cuda"] else f"ROCm {answer['hip']}" if answer["hip"] else "CPU"
    return Check("torch", "ok", f"{answer['version']}, {build} build, {answer['threads']} CPU threads")


def check_realsense_sdk(probes: Probes) -> Check:
    """pyrealsense2, which cameras need and recordings do not."""
    name = "pyrealsense2"
    try:
        answer = probes[name]
    except ProbeError as error:
        return import_trouble(name, f"{error} (recordings still play)", name)
    if answer["installed"]:
        return Check(name, "ok", answer["version"])
    if has_sdk_wheel():
        return Check(name, "absent", "not installed (extra: realsense): cameras need it", pip_install(name))
    place = f"{platform.system()} {platform.machine()}, Python {sys.version_info.major}.{sys.version_info.minor}"
    cure = "none here for cameras; recordings (.bag, .db3) and image folders play without it"
    return Check(name, "absent", f"no wheel for {place}", cure)


def has_sdk_wheel() -> bool:
    """Whether pyrealsense2 has a wheel for this Python and machine; the same rule as the extra in pyproject.toml."""
    if sys.platform == "win32":
        return True
    if sys.platform != "linux":
        return False
    machine = platform.machine()
    return machine == "x86_64" or (machine == "aarch64" and sys.version_info[:2] in {(3, 10), (3, 12)})

"""The Vulkan devices of this machine, by the loader's C interface. A driver may crash: ask in a child process."""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from app.doctor.pip import apt_install

LOADER = {"win32": "vulkan-1.dll", "darwin": "libvulkan.1.dylib"}.get(sys.platform, "libvulkan.so.1")
VULKAN_CURE = f"cure: {apt_install('mesa-vulkan-drivers libvulkan1')}"
_CREATE_INSTANCE = 1  # VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO
_TYPE_OFFSET, _NAME_OFFSET = 16, 20  # in VkPhysicalDeviceProperties, behind 32-bit numbers
_CPU = 4  # VK_PHYSICAL_DEVICE_TYPE_CPU
_DRIVER_VARIABLES = ("VK_DRIVER_FILES", "VK_ICD_FILENAMES")
_DRIVER_FOLDERS = ("/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d")


@dataclass(frozen=True, slots=True)
class VulkanDevice:
    """is_software: whether the processor does the drawing."""

    name: str
    is_software: bool


class _InstanceCreateInfo(ctypes.Structure):
    """VkInstanceCreateInfo."""

    _fields_ = (
        ("sType", ctypes.c_uint32),
        ("pNext", ctypes.c_void_p),
        ("flags", ctypes.c_uint32),
        ("pApplicationInfo", ctypes.c_void_p),
        ("enabledLayerCount", ctypes.c_uint32),
        ("ppEnabledLayerNames", ctypes.c_void_p),
        ("enabledExtensionCount", ctypes.c_uint32),
        ("ppEnabledExtensionNames", ctypes.c_void_p),
    )


def vulkan_devices() -> list[VulkanDevice]:
    """What the drivers answer; empty without a loader, or where no driver answers."""
    try:
        vulkan = ctypes.CDLL(LOADER)
    except OSError:
        return []
    instance = ctypes.c_void_p()
    if vulkan.vkCreateInstance(ctypes.byref(_InstanceCreateInfo(sType=_CREATE_INSTANCE)), None, ctypes.byref(instance)):
        return []
    count = ctypes.c_uint32()
    vulkan.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), None)
    devices = (ctypes.c_void_p * count.value)()
    vulkan.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), devices)
    return [_device(vulkan, device) for device in devices]


def _device(vulkan: ctypes.CDLL, device: int | None) -> VulkanDevice:
    properties = ctypes.create_string_buffer(4096)
    vulkan.vkGetPhysicalDeviceProperties(ctypes.c_void_p(device), properties)
    kind = ctypes.c_uint32.from_buffer(properties, _TYPE_OFFSET).value
    name = ctypes.string_at(ctypes.addressof(properties) + _NAME_OFFSET).decode(errors="replace")
    return VulkanDevice(name, kind == _CPU)


def lacks_vulkan() -> str | None:
    """What of Vulkan is not installed, in words, found without loading a driver; None where nothing is."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        ctypes.CDLL(LOADER)
    except OSError:
        return "there is no Vulkan loader"
    return None if _has_drivers() else "there is no Vulkan driver"


def may_have_gpu() -> bool:
    """Whether a graphics device could be there, found without asking any driver."""
    if not sys.platform.startswith("linux"):
        return True
    return any(Path("/dev/dri").glob("renderD*")) or Path("/dev/nvidiactl").exists() or Path("/dev/dxg").exists()


def _has_drivers() -> bool:
    named = [os.environ[name] for name in _DRIVER_VARIABLES if os.environ.get(name)]
    if named:
        return any(Path(file).is_file() for names in named for file in names.split(os.pathsep))
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    more = (os.environ.get("XDG_DATA_DIRS") or "").split(os.pathsep)
    folders = [*_DRIVER_FOLDERS, Path(data, "vulkan/icd.d"), *(Path(place, "vulkan/icd.d") for place in more if place)]
    return any(next(Path(folder).glob("*.json"), None) is not None for folder in folders)

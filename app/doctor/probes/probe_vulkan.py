"""Makes a Vulkan instance and lists its devices, by the loader's C interface alone."""

import ctypes
import json
import sys

CREATE_INSTANCE = 1  # VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO
NAME_OFFSET = 20  # of deviceName in VkPhysicalDeviceProperties, behind five 32-bit numbers


class InstanceCreateInfo(ctypes.Structure):
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


def device_names(vulkan: ctypes.CDLL) -> list[str]:
    """Names of the devices; empty where no driver answers."""
    instance = ctypes.c_void_p()
    if vulkan.vkCreateInstance(ctypes.byref(InstanceCreateInfo(sType=CREATE_INSTANCE)), None, ctypes.byref(instance)):
        return []
    count = ctypes.c_uint32()
    vulkan.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), None)
    devices = (ctypes.c_void_p * count.value)()
    vulkan.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), devices)
    return [device_name(vulkan, device) for device in devices]


def device_name(vulkan: ctypes.CDLL, device: "int | None") -> str:
    """The name of one VkPhysicalDevice."""
    properties = ctypes.create_string_buffer(4096)
    vulkan.vkGetPhysicalDeviceProperties(ctypes.c_void_p(device), properties)
    return ctypes.string_at(ctypes.addressof(properties) + NAME_OFFSET).decode(errors="replace")


try:
    loader = ctypes.CDLL({"win32": "vulkan-1.dll", "darwin": "libvulkan.1.dylib"}.get(sys.platform, "libvulkan.so.1"))
except OSError:
    print(json.dumps({"loader": False, "devices": []}))
else:
    print(json.dumps({"loader": True, "devices": device_names(loader)}))

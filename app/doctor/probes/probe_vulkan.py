"""Lists the Vulkan devices, and tells whether there is a loader at all."""

import ctypes
import json

from app.viewers.three_d.vulkan import LOADER, vulkan_devices

try:
    ctypes.CDLL(LOADER)
except OSError:
    print(json.dumps({"loader": False, "devices": []}))
else:
    print(json.dumps({"loader": True, "devices": [device.name for device in vulkan_devices()]}))

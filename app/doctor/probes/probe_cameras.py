"""What the RealSense SDK sees."""

import json

from sensors.cameras.realsense import list_devices

FIELDS = ("name", "serial", "firmware", "usb_type")
print(json.dumps({"cameras": [{field: str(getattr(device, field)) for field in FIELDS} for device in list_devices()]}))

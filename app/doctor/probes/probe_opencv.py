"""Which OpenCV this is, and whether it was built with windows."""

import json
import re

try:
    import cv2
except ModuleNotFoundError as error:
    if error.name != "cv2":
        raise
    print(json.dumps({"installed": False}))
else:
    # Left-overs of an uninstalled twin import as an empty package, and this call then raises.
    gui = re.search(r"^\s*GUI:\s*(\S+)", cv2.getBuildInformation(), re.MULTILINE)
    print(json.dumps({"installed": True, "version": cv2.__version__, "gui": gui.group(1) if gui else "NONE"}))

"""Opens what a bare `rgbd-live` plays and takes the first frame."""

import json

from app.live import open_live_source
from app.options import LiveOptions

with open_live_source(LiveOptions()) as source:
    frame = next(iter(source))
    name = source.info.name
height, width = frame.color.shape[:2]
print(json.dumps({"name": name, "size": [width, height]}))

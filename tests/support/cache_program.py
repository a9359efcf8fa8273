"""cache_program.py FOLDER NAME: obtains one entry of an engine cache. Its build waits until FOLDER/go exists."""

import logging
import sys
import time
from pathlib import Path

from segmentation.engines.cache import EngineCache, engine_cache

scene, name = Path(sys.argv[1]), sys.argv[2]
engine_cache.PATIENCE_S = 0.2
logging.basicConfig(format="said: %(message)s", stream=sys.stdout)


def build(folder: Path) -> None:
    (folder / "network").write_text(name)
    (scene / f"{name}.builds").touch()
    while not (scene / "go").exists():
        time.sleep(0.01)


text = EngineCache(scene / "cache").obtain({"kind": "test"}, build, lambda folder: (folder / "network").read_text())
print(f"loaded: {text}", flush=True)

"""library.py MODULE: does it import, and which version is it? A module that is not installed is an answer too."""

import importlib
import json
import sys
from importlib import metadata

from segmentation.graphs.libraries import silent_telemetry

module = sys.argv[1]
try:
    with silent_telemetry():
        library = importlib.import_module(module)
except ModuleNotFoundError as error:
    if error.name != module.partition(".")[0]:
        raise
    answer: dict[str, object] = {"installed": False}
else:
    version = getattr(library, "__version__", None)
    if version is None:
        names = metadata.packages_distributions().get(module, [module])
        version = metadata.version(names[0])
    answer = {"installed": True, "version": str(version)}
print(json.dumps(answer))

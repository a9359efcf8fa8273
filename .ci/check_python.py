"""Says in one line what is missing before a virtual environment can be made."""

import sys

# Runs on whatever python3 the machine has, so the syntax stays old.
if sys.version_info < (3, 10):
    found = ".".join(str(part) for part in sys.version_info[:2])
    sys.exit("This needs Python 3.10 or newer and is " + found + ". Name one: make setup PYTHON=/path/to/python3")
try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError:
    sys.exit("Python's venv module is missing. Try: sudo apt-get install python3-venv")

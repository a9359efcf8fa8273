"""Says in one line what is missing before a virtual environment can be made."""

import sys

if sys.version_info < (3, 10):  # noqa: UP036  (this file is run by whatever python3 the machine has)
    sys.exit(
        "rgbd-live needs Python 3.10 or newer; this is %d.%d. Try: make setup PYTHON=python3.11" % sys.version_info[:2]
    )
try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError:
    sys.exit("Python's venv module is missing. Try: sudo apt-get install python3-venv")

"""Whether a window can be opened here, found out without risk.

OpenCV aborts the process when it cannot open a window, which Python cannot catch; so a child process tries first.
"""

from __future__ import annotations

import os
import subprocess
import sys

CHILD_S = 15.0
FILES_WORK = "--save-video and --screenshot work without one"
QUIET_QT = {"QT_LOGGING_RULES": "*.warning=false;*.debug=false;qt.qpa.*=false"}
_TRY = """
import sys
import cv2
if any("GUI:" in line and "NONE" in line for line in cv2.getBuildInformation().splitlines()):
    sys.exit(3)
cv2.namedWindow("rgbd-live", cv2.WINDOW_NORMAL)
cv2.destroyAllWindows()
"""
REINSTALL = "pip install --force-reinstall --no-deps opencv-python"


class WindowProbe:
    """Starts trying at once; reason() waits for the answer."""

    def __init__(self) -> None:
        self._reason = missing_display()
        self._child = None if self._reason else _start()

    def reason(self) -> str | None:
        """Why no window can be opened and what would cure it, in one line; None when one can."""
        if self._child is not None:
            self._reason, self._child = _judge(self._child), None
        return self._reason

    def close(self) -> None:
        """End the child, should nobody want its answer any more."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None


def missing_display() -> str | None:
    """Why no window of any kind can be opened here; None where there is a display."""
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not has_display:
        return f"there is no display (DISPLAY is not set); {FILES_WORK}"
    return None


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _TRY],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **QUIET_QT},
        start_new_session=True,  # Ctrl-C is for us, not for the child
    )


def _judge(child: subprocess.Popen[bytes]) -> str | None:
    try:
        status = child.wait(CHILD_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return f"the display did not answer within {CHILD_S:.0f} s; is DISPLAY={os.environ.get('DISPLAY', '')} right?"
    if status == 0:
        return None
    if status == 3:
        return f"this OpenCV was built without windows; cure: {REINSTALL}"
    if status == 1:
        return f"OpenCV cannot be used for windows; cure: {REINSTALL}"
    named = [f"{name}={os.environ[name]}" for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)]
    where = " and ".join(named)
    return f"OpenCV cannot open a window on {where}; it needs an X server (Xwayland will do) and libgl1 and libegl1"

"""Whether the 3D window opens here: its own process tries, and is the window if it does."""

from __future__ import annotations

import importlib.util
import platform

from app.pipeline import Viewer
from app.viewers.context import ViewContext
from app.viewers.probe import missing_display
from app.viewers.three_d.vulkan import VULKAN_CURE, lacks_vulkan, may_have_gpu

OLDEST_GLIBC = (2, 35)
SOFTWARE_ONLY = "there is no graphics device"


def lacks_for_3d() -> str | None:
    """What a 3D window lacks here, and the cure, found without trying; None where it is worth trying."""
    if reason := missing_display():
        return reason
    if importlib.util.find_spec("open3d") is None:
        return f"open3d is not installed: install the extra 3d (pip install 'rgbd-live[3d]'){_old_glibc()}"
    lack = lacks_vulkan()
    return None if lack is None else f"{lack}; {VULKAN_CURE}"


class WindowIn3dProbe:
    """Starts trying at once where that makes sense; open() waits for the window.

    only_hardware: give up where the processor would do the drawing, which a plain window needs far less of.
    """

    def __init__(self, *, only_hardware: bool) -> None:
        is_hopeless = only_hardware and not may_have_gpu()  # asked first, since it is asked at every start
        self._reason = SOFTWARE_ONLY if is_hopeless else lacks_for_3d()
        self._link = None
        if self._reason is None:
            from app.viewers.three_d.link import Link

            self._link = Link(only_hardware=only_hardware)

    def open(self, context: ViewContext) -> Viewer | str:
        """The viewer, whose window is open; or why there is none, and the cure, in one line."""
        if self._link is None:
            return self._reason or "it was opened before"
        from app.viewers.three_d.messages import Broken
        from app.viewers.three_d.viewer import ThreeDViewer, setup_for

        answer = self._link.open(setup_for(context))
        if isinstance(answer, Broken):
            self.close()
            return answer.reason
        link, self._link = self._link, None
        return ThreeDViewer(context, link, answer)

    def close(self) -> None:
        """End the process, should nobody want its window any more."""
        if self._link is not None:
            self._link.close()
            self._link = None


def _old_glibc() -> str:
    library, version = platform.libc_ver()
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if library != "glibc" or numbers >= OLDEST_GLIBC:
        return ""
    return f"; its wheels need glibc {OLDEST_GLIBC[0]}.{OLDEST_GLIBC[1]}, and this system has {version}"

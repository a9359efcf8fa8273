"""`--view 2d`: an OpenCV window with colour, classes or doubt, and depth; keys and clicks."""

from app.viewers.window.screen import NAME
from app.viewers.window.viewer import WindowViewer

__all__ = ["NAME", "WindowViewer"]

"""A room as a camera sees it: exact geometry first, then its colours as a photograph."""

from __future__ import annotations

from sensors.rooms.view import Geometry, render_geometry

__all__ = ["Geometry", "render_geometry"]

"""Figures without a window: matplotlib's Agg canvas, never its global state."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 110


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty white figure of this size in inches; constrained layout unless its axes are placed by hand."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure, **options: Any) -> bytes:
    """The figure as PNG; options are those of savefig."""
    content = io.BytesIO()
    figure.savefig(content, format="png", **options)
    return content.getvalue()

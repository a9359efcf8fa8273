"""The semantic map as a view paints it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.cloud import PointCloud
from app.look import Look
from segmentation.classes import ClassSet


def map_points(made: PointCloud, classes: ClassSet, look: Look, most: int) -> PointCloud:
    """At most so many points, of the shown classes; in the classes' colours if the look says so, else in their own."""
    step = -(-len(made) // most)
    points_m, colors, labels = made.points_m[::step], made.colors[::step], made.labels[::step]
    if look.cloud == "class" and len(classes):
        colors = classes.colors[labels]
    shown = look.shown_table()[labels] if not look.shows_all else np.ones(len(labels), np.bool_)
    return replace(made, points_m=points_m[shown], colors=colors[shown], labels=labels[shown])

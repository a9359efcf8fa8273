"""The way of a walk: a closed, smooth line past a few views, and where the camera looks along it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.free_space import FreeSpace
from sensors.rooms.viewpoints import PITCH_DEG, View, towards

POINT_M = 0.02  # distance between the points of a way
FEWEST_POINTS = 40
SMOOTH_M = (0.3, 0.15, 0.07, 0.03)  # how widely corners are rounded: the most that keeps clear of things
LOOK_SMOOTH_M = 0.35
HEIGHT_SMOOTH_M = 0.5

Rows = NDArray[np.float64]  # one row a point


def in_a_round(views: list[View]) -> list[View]:
    """The views in the order in which one passes them around their middle."""
    places = np.array([view.place_m[:2] for view in views])
    x, y = (places - places.mean(axis=0)).T
    return [views[index] for index in np.argsort(np.arctan2(y, x), kind="stable")]


def way_past(space: FreeSpace, stops: list[View]) -> tuple[Rows, NDArray[np.intp]]:
    """A closed line of points (N, 3) in metres past the stops, through free space, and which point each stop is."""
    cells = [space.cell_of(np.array(stop.place_m)) for stop in stops]
    legs = [space.place_of(space.path(a, b)) for a, b in zip(cells, [*cells[1:], cells[0]], strict=True)]
    lengths_m = np.array([np.linalg.norm(np.diff(leg, axis=0), axis=1).sum() for leg in legs])
    count = max(round(lengths_m.sum() / POINT_M), FEWEST_POINTS)
    passed_m = np.concatenate([[0.0], np.cumsum(lengths_m)[:-1]])
    stop_at = np.rint(passed_m / max(lengths_m.sum(), POINT_M) * count).astype(np.intp)
    places_m = _rounded_corners(space, _even(np.concatenate([leg[: max(len(leg) - 1, 1)] for leg in legs]), count))
    heights_m = _between([stop.place_m[2] for stop in stops], stop_at, count)
    return np.column_stack([places_m, smoothed_round(heights_m[:, None], HEIGHT_SMOOTH_M / POINT_M)]), stop_at


def looks_along(places_m: Rows, stop_at: NDArray[np.intp], stops: list[View]) -> Rows:
    """Yaw, pitch and roll (N + 1, 3) in radians along a closed line of points (N, 3).

    Half-way between two stops the look goes over from what the one looks at to what the other does. The last row is
    the first again, with as many whole turns as the camera has made.
    """
    count = len(places_m)
    nearest = _nearest_stop(stop_at, count)
    looks = np.array([towards(place, stops[index].target_m) for place, index in zip(places_m, nearest, strict=True)])
    yaw = np.unwrap(np.append(looks[:, 0], looks[0, 0]))
    whole_turns = np.round((yaw[-1] - yaw[0]) / (2 * np.pi)) * 2 * np.pi
    evenly = whole_turns * np.arange(count) / count
    pitch = np.clip(looks[:, 1], *np.deg2rad(PITCH_DEG))
    roll = _between([stop.roll_rad / 3 for stop in stops], stop_at, count)
    rows = smoothed_round(np.column_stack([yaw[:-1] - evenly, pitch, roll]), LOOK_SMOOTH_M / POINT_M)
    rows[:, 0] += evenly
    return np.concatenate([rows, rows[:1] + np.array([whole_turns, 0, 0])])


def smoothed_round(values: Rows, sigma: float) -> Rows:
    """A round of values (N, K), each replaced by a Gaussian average of its neighbours."""
    reach = max(int(3 * sigma), 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    around = np.take(values, np.arange(-reach, len(values) + reach), axis=0, mode="wrap")
    return np.column_stack([np.convolve(column, kernel / kernel.sum(), mode="valid") for column in around.T])


def _rounded_corners(space: FreeSpace, places_m: Rows) -> Rows:
    kept_m = 0.7 * float(space.clearance_at(places_m).min())
    for smooth_m in SMOOTH_M:
        rounded = smoothed_round(places_m, smooth_m / POINT_M)
        if space.clearance_at(rounded).min() >= kept_m:
            return rounded
    return places_m


def _nearest_stop(stop_at: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Of each point the index of the stop that is nearest along the line."""
    apart = np.abs(np.arange(count)[:, None] - stop_at)
    return np.minimum(apart, count - apart).argmin(axis=1)


def _between(values: list[float], stop_at: NDArray[np.intp], count: int) -> NDArray[np.float64]:
    """Values at the stops as a round of points, in straight lines."""
    return np.interp(np.arange(count), np.append(stop_at, count), [*values, values[0]])


def _even(corners_m: Rows, count: int) -> Rows:
    """A closed polyline as so many points at even distances."""
    closed = np.concatenate([corners_m, corners_m[:1]])
    along_m = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at_m = np.arange(count) * along_m[-1] / count
    return np.column_stack([np.interp(at_m, along_m, column) for column in closed.T])

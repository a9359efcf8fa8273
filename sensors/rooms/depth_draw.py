"""Depth sensors drawn at random, wider than real ones differ.

A network that has seen one sensor's holes takes them for a sign of what is there (a hole is a screen), and is lost with
another sensor. So everything varies from room to room, and sometimes there are no holes at all.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import numpy as np

from sensors.rooms.depth_holes import Fill
from sensors.rooms.depth_sensor import SPECIAL, DepthSensor, Response

Choice = TypeVar("Choice")
KINDS = {"stereo": 0.42, "kinect1": 0.24, "time_of_flight": 0.18, "clean": 0.16}
FILLS: dict[Fill, float] = {"none": 0.6, "small": 0.16, "nearest": 0.1, "smooth": 0.14}
RESPONSES: dict[Response, float] = {"surface": 0.4, "nothing": 0.25, "patchy": 0.2, "beyond": 0.15}
SMOOTHINGS: dict[Literal[0, 3, 5], float] = {0: 0.6, 3: 0.25, 5: 0.15}


def drawn_sensor(rng: np.random.Generator) -> DepthSensor:
    """A preset with its constants drawn; its name stays the preset's."""
    sensor = DepthSensor.preset(_one_of(rng, KINDS))
    if sensor.name == "clean" and rng.random() < 0.5:
        return sensor
    sensor = _with_drawn_holes(_with_drawn_readings(sensor, rng), rng)
    return sensor.with_(
        shift_px=tuple(rng.normal(0, 4, 2).clip(-12, 12).tolist()) if rng.random() < 0.35 else (0.0, 0.0),
        fill=_one_of(rng, FILLS),
    )


def _with_drawn_readings(sensor: DepthSensor, rng: np.random.Generator) -> DepthSensor:
    noise = _factor(rng, 2.5)
    return sensor.with_(
        baseline_m=sensor.baseline_m * _factor(rng, 1.8),
        side=int(rng.choice((1, -1), p=(0.75, 0.25))),
        scale=float(rng.normal(1, 0.008)) if sensor.principle != "exact" else 1.0,
        noise_px=sensor.noise_px * noise,
        step_px=sensor.step_px * _factor(rng, 2.5),
        noise_m=sensor.noise_m * noise,
        weak_noise_m=sensor.weak_noise_m * noise,
        jitter_px=sensor.jitter_px * float(rng.uniform(0, 2)),
        fattening_px=sensor.fattening_px * float(rng.uniform(0, 3)),
        flying=sensor.flying * float(rng.uniform(0, 1.2)),
        smoothing_px=_one_of(rng, SMOOTHINGS),
    )


def _with_drawn_holes(sensor: DepthSensor, rng: np.random.Generator) -> DepthSensor:
    near, far = sensor.range_m
    has_holes = rng.random() < 0.85
    return sensor.with_(
        range_m=(near * _factor(rng, 1.5), min(far, 8.0) * float(rng.uniform(0.55, 1.4))),
        weakest=sensor.weakest * _factor(rng, 3.5) if has_holes else 0.0,
        grazing_deg=float(rng.uniform(78, 90)) if has_holes else 90.0,
        responses=tuple(_one_of(rng, RESPONSES) for _ in SPECIAL),
        beyond_m=float(rng.uniform(0.3, 4)),
        missing=float(rng.beta(1, 4)) * 0.6 if rng.random() < 0.3 else 0.0,
        missing_seed=int(rng.integers(2**31)),
        stray=float(rng.beta(1, 12)) * 0.3 if rng.random() < 0.4 else 0.0,
        margins=tuple(rng.uniform(0, 0.06, 4).tolist()) if rng.random() < 0.4 else (0.0, 0.0, 0.0, 0.0),
    )


def _factor(rng: np.random.Generator, most: float) -> float:
    """Between 1 / most and most, as likely below 1 as above."""
    return float(most ** rng.uniform(-1, 1))


def _one_of(rng: np.random.Generator, shares: dict[Choice, float]) -> Choice:
    """A key, as often as its share says."""
    keys = list(shares)
    return keys[int(rng.choice(len(keys), p=list(shares.values())))]

"""A depth camera: what it makes of exact depth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from sensors.geometry import CameraIntrinsics
from sensors.rooms import depth_holes, depth_readings
from sensors.rooms.depth_holes import Fill
from sensors.rooms.view import Geometry

MEANT_WIDTH_PX = 640  # the image width in whose pixels a sensor's constants are given
FARTHEST_M = 65.0  # what 16 bits of millimetres hold
SPECIAL = ("mirror", "glass", "screen", "glow")  # surfaces 1..4; 0 is opaque
NOWHERE_M = 1000.0  # stands for the depth of a ray that meets nothing

Principle = Literal["triangulation", "time_of_flight", "exact"]
Response = Literal["surface", "nothing", "patchy", "beyond"]
Image = NDArray[np.floating]  # float32 in fact, which the type checker loses in arithmetic


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthSensor:
    """A depth camera's constants. Pixels are those of an image 640 wide, whatever the size that is measured.

    principle: how depth is found. baseline_m: between its two eyes (0: nothing is hidden from it); side: 1 where the
    second one is on the right, -1 on the left. range_m: nearest and farthest reading. scale: an error of calibration.

    noise_px, step_px: standard deviation and quantisation of disparity (triangulation). noise_m, weak_noise_m:
    standard deviation everywhere, and that divided by what light comes back (time of flight).
    jitter_px: how ragged edges are. fattening_px: how much foreground grows. flying: how far pixels at edges move
    towards the other side, 0..1. smoothing_px: size of a median, 0, 3 or 5.

    weakest: infra-red albedo cos / z^1.2 below which a surface is lost. grazing_deg: angle beyond which it is.
    responses: what a mirror, glass, a screen and a lamp give: their surface, nothing, patches of it, or something
    beyond_m behind it. missing: share of the image lost in large patches, missing_seed: which. stray: share of lost
    pixels that read something at random. margins: shares of the image without readings (left, top, right, bottom).

    shift_px: (right, down), by how much depth lies beside colour. fill: how holes are filled in the end.
    Sources: rooms.md of the documentation, section "The depth sensor".
    """

    name: str
    principle: Principle = "triangulation"
    baseline_m: float = 0.05
    side: Literal[-1, 1] = 1
    range_m: tuple[float, float] = (0.25, 8.0)
    scale: float = 1.0

    noise_px: float = 0.0
    step_px: float = 0.0
    noise_m: float = 0.0
    weak_noise_m: float = 0.0
    jitter_px: float = 0.0
    fattening_px: float = 0.0
    flying: float = 0.0
    smoothing_px: Literal[0, 3, 5] = 0

    weakest: float = 0.0
    grazing_deg: float = 90.0
    responses: tuple[Response, Response, Response, Response] = ("surface", "surface", "surface", "surface")
    beyond_m: float = 1.5
    missing: float = 0.0
    missing_seed: int = 0
    stray: float = 0.0
    margins: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    shift_px: tuple[float, float] = (0.0, 0.0)
    fill: Fill = "none"

    @classmethod
    def preset(cls, name: str) -> DepthSensor:
        """One of PRESETS. Raises ValueError for another name."""
        if name not in _PRESETS:
            raise ValueError(f"unknown depth sensor {name!r}; known: {', '.join(PRESETS)}")
        return _PRESETS[name]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> DepthSensor:
        """A preset with constants drawn wide, so that no two rooms have the same depth."""
        from sensors.rooms.depth_draw import drawn_sensor

        return drawn_sensor(rng)

    def with_(self, **changes: object) -> Self:
        """The same sensor with some constants changed."""
        return replace(self, **changes)  # pyright: ignore[reportArgumentType]

    def measure(self, geometry: Geometry, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> NDArray[np.uint16]:
        """Depth (h, w) uint16 in millimetres, 0 = no reading, in the image that geometry describes."""
        zoom = intrinsics.width / MEANT_WIDTH_PX
        behind = _Behind.of(geometry, self, rng, zoom)
        lost = behind.lost | self._lost(behind, intrinsics, zoom, rng)
        depth_m = self._readings(behind, intrinsics, zoom, rng) * np.float32(self.scale)
        if self.stray > 0:
            strays = lost & (rng.random(lost.shape, dtype=np.float32) < self.stray)
            depth_m = np.where(strays, rng.uniform(*self.range_m, lost.shape).astype(np.float32), depth_m)
            lost &= ~strays
        return self._finished(depth_m, lost, zoom)

    def _readings(self, behind: _Behind, intrinsics: CameraIntrinsics, zoom: float, rng: np.random.Generator) -> Image:
        """What every pixel would read if none were lost."""
        depth_m = behind.depth_m
        if self.principle == "triangulation":
            depth_m = depth_readings.triangulated(
                depth_readings.fattened(depth_m, self.fattening_px * zoom),
                intrinsics.fx / zoom * self.baseline_m,
                noise_px=self.noise_px,
                step_px=self.step_px,
                zoom=zoom,
                rng=rng,
            )
        elif self.principle == "time_of_flight":
            light = behind.reflected / np.square(depth_m)
            depth_m = depth_readings.timed(
                depth_readings.flying(depth_m, self.flying, rng),
                light,
                noise_m=self.noise_m,
                weak_noise_m=self.weak_noise_m,
                rng=rng,
            )
        return depth_readings.smoothed(depth_m, self.smoothing_px)

    def _lost(
        self, behind: _Behind, intrinsics: CameraIntrinsics, zoom: float, rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """Which pixels read nothing."""
        depth_m = behind.depth_m
        shape = depth_m.shape
        lost = depth_holes.shadow(depth_m, intrinsics.fx * self.baseline_m, self.side)
        if self.weakest > 0:
            strength = behind.reflected / depth_m ** np.float32(1.2)
            lost |= depth_holes.too_weak(strength, self.weakest, 3 * zoom, rng)
        if self.grazing_deg < 90:
            lost |= behind.cosine < np.cos(np.deg2rad(self.grazing_deg))
        if self.missing > 0:
            always = np.random.default_rng(self.missing_seed)  # the same in every frame, else a film of it would flash
            lost |= depth_holes.patches(shape, self.missing, 40 * zoom, always)
        return lost | depth_holes.outside(shape, self.margins)

    def _finished(self, depth_m: Image, lost: NDArray[np.bool_], zoom: float) -> NDArray[np.uint16]:
        """What is left within the range, moved beside the colour, filled, and in millimetres."""
        near, far = self.range_m
        depth_m = np.where(lost | (depth_m < near) | (depth_m > far), np.float32(0), depth_m)
        right, down = (round(shift * zoom) for shift in self.shift_px)
        depth_m = depth_holes.filled(_shifted(depth_m, right, down), self.fill, small_px=6 * zoom)
        steps = np.rint(depth_m * np.float32(1000))
        steps = np.where(steps > 0, steps.clip(np.ceil(near * 1000), np.floor(far * 1000)), 0)
        return steps.astype(np.uint16)


@dataclass(frozen=True, slots=True, eq=False)
class _Behind:
    """What lies behind every pixel, edges made ragged and special surfaces answered.

    reflected: infra-red albedo times cosine. lost: what gives no reading because of its kind, or is nothing at all.
    """

    depth_m: Image
    cosine: Image
    reflected: Image
    lost: NDArray[np.bool_]

    @classmethod
    def of(cls, geometry: Geometry, sensor: DepthSensor, rng: np.random.Generator, zoom: float) -> _Behind:
        look = depth_readings.jittered_pixels(rng, geometry.depth_m.shape, sensor.jitter_px * zoom)
        depth_m, cosine, infrared = (
            array.ravel()[look] for array in (geometry.depth_m, geometry.cosine, geometry.infrared)
        )
        surface = geometry.surface.ravel()[look]
        nothing = ~(np.isfinite(depth_m) & (depth_m > 0))
        depth_m = np.where(nothing, np.float32(NOWHERE_M), depth_m)
        lost = nothing.copy()
        for kind, response in enumerate(sensor.responses, start=1):
            if response == "surface":
                continue
            here = surface == kind
            if not here.any():
                continue
            if response == "beyond":
                depth_m = depth_m + np.float32(sensor.beyond_m) * here
            elif response == "patchy":
                lost |= here & depth_holes.patches(here.shape, 0.5, 12 * zoom, rng)
            else:
                lost |= here
        return cls(depth_m, cosine, infrared * cosine, lost)


def _shifted(depth_m: Image, right: int, down: int) -> Image:
    """The image moved by whole pixels; what comes in from outside has no reading."""
    if not right and not down:
        return depth_m
    h, w = depth_m.shape
    moved = np.zeros_like(depth_m)
    moved[max(down, 0) : h + min(down, 0), max(right, 0) : w + min(right, 0)] = depth_m[
        max(-down, 0) : h + min(-down, 0), max(-right, 0) : w + min(-right, 0)
    ]
    return moved


_PRESETS = {
    sensor.name: sensor
    for sensor in (
        DepthSensor(
            name="stereo",
            noise_px=0.09,
            step_px=1 / 32,
            jitter_px=1.1,
            fattening_px=1.0,
            weakest=0.045,
            grazing_deg=84.0,
            responses=("beyond", "patchy", "patchy", "surface"),
            stray=0.002,
        ),
        DepthSensor(
            name="kinect1",
            baseline_m=0.075,
            range_m=(0.5, 8.0),
            noise_px=0.06,
            step_px=1 / 8,
            jitter_px=1.0,
            fattening_px=1.0,
            weakest=0.02,
            grazing_deg=82.0,
            responses=("beyond", "nothing", "nothing", "nothing"),
        ),
        DepthSensor(
            name="time_of_flight",
            principle="time_of_flight",
            baseline_m=0.0,
            range_m=(0.4, 7.0),
            noise_m=0.001,
            weak_noise_m=0.00015,
            jitter_px=0.6,
            flying=0.8,
            weakest=0.015,
            grazing_deg=86.0,
            responses=("beyond", "nothing", "nothing", "surface"),
        ),
        DepthSensor(name="clean", principle="exact", baseline_m=0.0, range_m=(0.05, FARTHEST_M)),
    )
}
PRESETS = tuple(_PRESETS)

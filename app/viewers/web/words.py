"""What the page says, as HTML; every name in it comes from outside and is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from app.legend import LEAST_SHARE
from app.query.pixel import DistanceAnswer, PixelAnswer, Place
from app.query.region import RegionAnswer
from app.result import Pulse
from app.viewers.shared.classes_seen import LegendRow

HINT = "Click on the picture or the cloud to ask what is there; drag on the picture to measure."
_BAR_EM = 5.0


@dataclass(frozen=True, slots=True)
class Effort:
    """What the page itself costs. updates_hz: pictures a second. share: of the machine's processor time, 0..1."""

    updates_hz: float
    share: float


def status_html(title: str, model: str, pulse: Pulse | None, states: Sequence[str], *, untrained: bool) -> str:
    """What plays, how fast, and what is the matter with it."""
    rates = "" if pulse is None else f"{pulse.fps:.1f} frames/s, latency {pulse.latency_ms:.0f} ms<br>"
    badges = "".join(f'<span class="rgbd-state">{escape(state)}</span>' for state in states)
    if untrained:
        badges += '<span class="rgbd-state rgbd-untrained">UNTRAINED: labels mean nothing yet</span>'
    return f'<div class="rgbd rgbd-status"><b>{escape(title)}</b><br>{escape(model)}<br>{rates}{badges}</div>'


def answer_html(told: PixelAnswer | DistanceAnswer | RegionAnswer | None) -> str:
    """What was asked for, in a few lines; how to ask while nothing is."""
    if told is None:
        lines = [f'<span class="rgbd-quiet">{HINT}</span>']
    elif isinstance(told, PixelAnswer):
        lines = _pixel_lines(told)
    elif isinstance(told, DistanceAnswer):
        lines = _distance_lines(told)
    else:
        lines = _region_lines(told)
    return f'<div class="rgbd rgbd-answer">{"<br>".join(lines)}</div>'


def legend_html(rows: Sequence[LegendRow]) -> str:
    """The classes that were seen, each with a box to hide it and a button to see it alone."""
    cells = "".join(_legend_row(row) for row in rows)
    return (
        f'<div class="rgbd rgbd-legend">{cells}</div>' if rows else '<div class="rgbd rgbd-quiet">no classes yet</div>'
    )


def pulse_html(pulse: Pulse | None, effort: Effort) -> str:
    """How long each stage takes, the rates, and what was lost."""
    if pulse is None:
        return '<div class="rgbd rgbd-quiet">no frame yet</div>'
    longest_ms = max(pulse.stages_ms.values(), default=0) or 1
    rows = "".join(_stage_row(stage, ms, longest_ms) for stage, ms in pulse.stages_ms.items())
    lost = ", ".join(f"{count} {escape(cause)}" for cause, count in pulse.losses.items()) or "none"
    return (
        f'<div class="rgbd"><b>{pulse.fps:.1f} frames/s</b>, latency {pulse.latency_ms:.0f} ms'
        f"<table>{rows}</table>lost frames: {lost}<br>"
        f'<span class="rgbd-quiet">this page: {effort.updates_hz:.1f} updates/s,'
        f" {effort.share:.0%} of the processor</span></div>"
    )


def _stage_row(stage: str, ms: float, longest_ms: float) -> str:
    bar = f'<span class="rgbd-bar" style="width:{_BAR_EM * ms / longest_ms:.2f}em"></span>'
    return f"<tr><td>{escape(stage)}</td><td>{bar}</td><td>{ms:.1f} ms</td></tr>"


def _pixel_lines(told: PixelAnswer) -> Iterable[str]:
    name = "no class" if told.class_name == "void" else f"{escape(told.class_name)} {told.confidence:.0%}"
    runner_up = told.runner_up
    second = f"else {escape(runner_up.class_name)} {runner_up.probability:.0%}" if runner_up is not None else ""
    where = "no depth here" if told.xyz_m is None else f"<b>{told.depth_m:.2f} m</b> deep at {_xyz(told.xyz_m)}"
    yield f'<span class="rgbd-big"><b>{name}</b></span> <span class="rgbd-quiet">{second}</span>'
    yield where
    yield f'<span class="rgbd-quiet">pixel {told.at[0]}, {told.at[1]}</span>'


def _distance_lines(told: DistanceAnswer) -> Iterable[str]:
    if told.distance_m is None:
        missing = "both ends" if told.first_m is told.second_m else "one end"
        yield f"<b>no distance</b>: the camera measured no depth at {missing}"
    else:
        yield f'<span class="rgbd-big"><b>{told.distance_m:.3f} m</b></span> apart'
    for pixel, place_m in ((told.first, told.first_m), (told.second, told.second_m)):
        where = "no depth" if place_m is None else _xyz(place_m)
        yield f'<span class="rgbd-quiet">pixel {pixel[0]}, {pixel[1]}: {where}</span>'


def _region_lines(told: RegionAnswer) -> Iterable[str]:
    name = "no class" if told.class_name == "void" else f"{escape(told.class_name)} {told.confidence:.0%} on average"
    yield f'<span class="rgbd-big"><b>{name}</b></span>'
    if told.box is None or told.centroid_m is None or told.area_m2 is None:
        yield f"{told.pixel_count} pixels, none with depth"
        return
    length_m, width_m, height_m = told.box.size_m
    yield f"<b>{told.area_m2:.2f} m²</b>, box {length_m:.2f} × {width_m:.2f} × {height_m:.2f} m"
    yield (
        f'<span class="rgbd-quiet">middle {_xyz(told.centroid_m)};'
        f" {told.pixel_count} pixels, {told.depth_share:.0%} with depth</span>"
    )


def _xyz(place_m: Place) -> str:
    x, y, z = place_m
    return f"x {x:+.2f}, y {y:+.2f}, z {z:.2f} m"


def _legend_row(row: LegendRow) -> str:
    swatch = "#{:02x}{:02x}{:02x}".format(*row.color)
    off = "" if row.is_shown else " rgbd-off"
    name = escape(row.name)
    share = f"{row.share:.0%}" if row.share >= LEAST_SHARE else "–"
    return (
        f'<label data-label="{row.label}"><input type="checkbox" aria-label="show {name}"{" checked" * row.is_shown}>'
        f'<span class="rgbd-swatch{off}" style="background:{swatch}"></span><span class="{off.strip()}">{name}</span>'
        f'<span class="rgbd-quiet">{share}</span><button type="button" class="rgbd-solo"'
        f' aria-label="show only {name}" aria-pressed="{str(row.is_solo).lower()}">only</button></label>'
    )

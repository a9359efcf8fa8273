"""`rgbd-live measure`: a click's answer as JSON, without a window."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.options import DEFAULT_MODEL, LiveOptions
from console.errors import UsageError
from console.exit_codes import ExitCode

if TYPE_CHECKING:
    from app.query import PixelAnswer, RegionAnswer
    from segmentation.result import Segmentation
    from sensors.frames import Frame, RawFrame

Pixel = tuple[int, int]
_DIGITS = 4  # tenths of millimetres
_LIST_OF_NUMBERS = re.compile(r"\[[\s\d.,e-]*\]")  # printed on one line each


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOptions:
    """Which frame of which recording to label, and which of its pixels (x, y) to ask about.

    frame: 0-based position. to: the second pixel of a distance, None for none. region: also tell of the whole thing at
    the pixel. The source is the built-in demo where neither bag nor frames is given; the rest is as in LiveOptions.
    Raises UsageError.
    """

    frame: int
    at: Pixel
    to: Pixel | None = None
    region: bool = False
    bag: Path | None = None
    frames: Path | None = None
    depth_unit_m: float | None = None
    model: str = DEFAULT_MODEL
    engine: str = "auto"
    device: str = "auto"
    precision: Any = "auto"

    def __post_init__(self) -> None:
        self.as_live()
        if self.frame < 0:
            raise UsageError(f"--frame is a position from 0 on, got {self.frame}")

    def as_live(self) -> LiveOptions:
        """The source and the model, checked as those of `rgbd-live` are."""
        return LiveOptions(
            bag=self.bag,
            frames=self.frames,
            depth_unit_m=self.depth_unit_m,
            model=self.model,
            engine=self.engine,
            device=self.device,
            precision=self.precision,
        )


def run(options: MeasureOptions) -> int:
    """Print the answer to standard output, one JSON object and nothing else.

    Raises UsageError for a pixel outside the image, RecordingError for a frame that the source does not have, and the
    errors of app.live.open_live_source and app.live.load_model.
    """
    from app.live import load_model
    from console.say import say

    frame = _read(options)
    _check_pixels(options, frame)  # sooner than the model loads
    focal_px = (frame.intrinsics.fx, frame.intrinsics.fy)
    with closing(load_model(options.as_live())) as segmenter:
        segmentation = segmenter.predict(frame.color, frame.depth_m, focal_px)
        if not segmentation.trained and len(segmentation.classes):
            say("the model is UNTRAINED: class, confidence and region mean nothing")
        text = json.dumps(measured(frame, segmentation, options), indent=1)
    print(_LIST_OF_NUMBERS.sub(lambda numbers: " ".join(numbers[0].split()), text))
    return ExitCode.DONE


def parse_pixel(option: str, text: str) -> Pixel:
    """'160,120' as (160, 120). Raises UsageError for anything else."""
    parts = text.split(",")
    try:
        x, y = (int(part) for part in parts)
    except ValueError:
        raise UsageError(f"{option} {text}: write column and row as 160,120") from None
    return x, y


def measured(frame: Frame, segmentation: Segmentation, options: MeasureOptions) -> dict[str, Any]:
    """The answer as what is printed; docs/queries.md describes it. Raises ValueError for a pixel outside the image."""
    from app.query import query_distance, query_pixel, query_region

    answer = query_pixel(frame, segmentation, *options.at)
    distance_m = None if options.to is None else query_distance(frame, options.at, options.to).distance_m
    document = {"frame": frame.index, **_pixel(answer), "distance_m": _rounded(distance_m)}
    if options.to is not None:
        document["to"] = _pixel(query_pixel(frame, segmentation, *options.to))
    if options.region:
        document["region"] = _region(query_region(frame, segmentation, *options.at))
    return document


def _pixel(answer: PixelAnswer) -> dict[str, Any]:
    second = answer.runner_up
    return {
        "at": list(answer.at),
        "class": answer.class_name,
        "confidence": round(answer.confidence, _DIGITS),
        "runner_up": second and {"class": second.class_name, "confidence": round(second.probability, _DIGITS)},
        "depth_m": _rounded(answer.depth_m),
        "xyz_m": answer.xyz_m and [_rounded(value) for value in answer.xyz_m],
    }


def _region(answer: RegionAnswer) -> dict[str, Any]:
    box = answer.box
    return {
        "class": answer.class_name,
        "confidence": round(answer.confidence, _DIGITS),
        "pixels": answer.pixel_count,
        "depth_share": round(answer.depth_share, _DIGITS),
        "area_m2": _rounded(answer.area_m2),
        "centroid_m": answer.centroid_m and [_rounded(value) for value in answer.centroid_m],
        "box": box and {
            "size_m": box.size_m.round(_DIGITS).tolist(),
            "center_m": box.center_m.round(_DIGITS).tolist(),
            "axes": box.axes.round(6).tolist(),
        },
    }  # fmt: skip


def _rounded(value_m: float | None) -> float | None:
    return None if value_m is None else round(value_m, _DIGITS)


def _read(options: MeasureOptions) -> Frame:
    """The frame asked for, its depth moved to the colour image."""
    from app.live import make_aligner, open_live_source

    with open_live_source(options.as_live()) as source:
        return make_aligner(source.info)(_take(source, options.frame))


def _take(source: Any, position: int) -> RawFrame:
    from sensors.errors import RecordingError
    from sensors.source import SeekableSource

    frames = source.frames_from(position) if isinstance(source, SeekableSource) else iter(source)
    for raw in frames:
        if raw.index == position:
            source.stop()
            return raw
    count = source.info.frame_count
    held = "" if count is None else f"; it has frames 0 to {count - 1}"
    raise RecordingError(f"{source.info.name}: there is no frame {position}{held}")


def _check_pixels(options: MeasureOptions, frame: Frame) -> None:
    height, width = frame.depth_m.shape
    for option, pixel in (("--at", options.at), ("--to", options.to)):
        if pixel is not None and not (0 <= pixel[0] < width and 0 <= pixel[1] < height):
            raise UsageError(f"{option} {pixel[0]},{pixel[1]} is outside the {width}x{height} image, counted from 0,0")

"""Everything `rgbd-live` can be asked to do, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from console.errors import UsageError
from segmentation.engines.engine import DEVICE_NAME, ENGINE_NAMES, PRECISIONS, Precision

DEFAULT_MODEL = "malleable-deresunet-lite"  # as segmentation.models has it; importing that would import torch
NO_MODEL = "none"
CHOICES = {
    "view": ("auto", "3d", "2d", "web", "none"),
    "engine": ENGINE_NAMES,
    "precision": PRECISIONS,
    "palette": ("standard", "colour-blind"),
    "video_layout": ("overlay", "side-by-side"),
}
SMALLEST_ROOM_PX, LARGEST_ROOM_PX = 32, 4096
LABEL_OUTPUTS = ("save_video", "save_masks", "save_cloud", "save_map", "save_dataset")
OUTPUT_FOLDERS = ("save_masks", "save_dataset")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
DEFAULT_PORT = 8080
OUTPUT_SUFFIXES = {
    "record": (".db3",),
    "save_video": (".mp4", ".m4v"),
    "save_cloud": (".ply",),
    "save_map": (".ply",),
    "screenshot": (".png",),
    "stats": (".json",),
}


def flag(field: str) -> str:
    """The command line's spelling of a field."""
    return "--" + field.replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """What to play, with which model, how to show it and what to write.

    Without a source the built-in demo plays. size: width and height in pixels. depth_unit_m: metres per depth step of
    an image folder. rooms: seed of a procedural room. max_frames: frames to segment, counted across loops. Paths are
    None where nothing is to be written.
    Raises UsageError for a combination that makes no sense and for what this version does not have yet.
    """

    camera: str | None = None
    serial: str | None = None
    size: tuple[int, int] | None = None
    fps: int | None = None
    bag: Path | None = None
    frames: Path | None = None
    depth_unit_m: float | None = None
    rooms: int | None = None

    model: str = DEFAULT_MODEL
    engine: str = "auto"
    device: str = "auto"
    precision: Precision = "auto"

    view: str = "auto"
    palette: Literal["standard", "colour-blind"] = "standard"
    smooth: bool = False
    real_time: bool = False
    loop: bool = False
    max_frames: int | None = None
    port: int | None = None
    host: str | None = None
    allow_remote: bool = False

    record: Path | None = None
    save_video: Path | None = None
    video_layout: Literal["overlay", "side-by-side"] = "overlay"
    save_masks: Path | None = None
    save_cloud: Path | None = None
    save_map: Path | None = None
    save_dataset: Path | None = None
    screenshot: Path | None = None
    stats: Path | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        self._check_choices()
        self._check_web()
        self._check_source()
        self._check_numbers()
        self._check_outputs()

    @property
    def outputs(self) -> dict[str, Path]:
        """The files and folders asked for, by field name."""
        paths = {name: getattr(self, name) for name in (*OUTPUT_SUFFIXES, *OUTPUT_FOLDERS)}
        return {name: path for name, path in paths.items() if path is not None}

    @property
    def keeps_labels(self) -> bool:
        """Whether any file gets labels."""
        return any(name in self.outputs for name in LABEL_OUTPUTS)

    @property
    def is_demo(self) -> bool:
        """Whether no source was named."""
        return not self._sources

    @property
    def _sources(self) -> list[str]:
        """The fields that name a source."""
        return [field for field in ("camera", "bag", "frames", "rooms") if getattr(self, field) is not None]

    def _check_choices(self) -> None:
        for field, choices in CHOICES.items():
            value = getattr(self, field)
            if value not in choices:
                raise UsageError(f"{flag(field)} {value}: choose from {', '.join(choices)}")

        if not DEVICE_NAME.fullmatch(self.device):
            raise UsageError(f"--device {self.device}: use auto, cpu, cuda or cuda:N")

    def _check_web(self) -> None:
        for field in ("port", "host", "allow_remote"):
            value = getattr(self, field)
            if value is not None and value is not False and self.view != "web":
                raise UsageError(f"{flag(field)} goes with --view web")
        if self.port is not None and not 0 <= self.port <= 65535:
            raise UsageError(f"--port must be 0 to 65535 (0: any that is free), got {self.port}")
        if self.host is not None and self.host not in LOOPBACK and not self.allow_remote:
            raise UsageError(
                f"--host {self.host}: whoever reaches this address could watch the camera and steer the program;"
                " add --allow-remote to serve it, protected by a token"
            )

    def _check_source(self) -> None:
        if len(self._sources) > 1:
            raise UsageError(f"{' and '.join(map(flag, self._sources))}: name one source only")
        if self.camera not in (None, "realsense"):
            raise UsageError(f"--camera {self.camera}: this version knows realsense")
        if self.serial is not None and self.camera is None:
            raise UsageError("--serial goes with --camera")
        for field in ("size", "fps"):
            if getattr(self, field) is not None and self.camera is None and self.rooms is None:
                raise UsageError(f"{flag(field)} goes with --camera and --rooms")
        if self.depth_unit_m is not None and self.frames is None:
            raise UsageError("--depth-unit goes with --frames; recordings and cameras carry their own")

    def _check_numbers(self) -> None:
        if self.max_frames is not None and self.max_frames < 1:
            raise UsageError(f"--max-frames must be at least 1, got {self.max_frames}")
        if self.fps is not None and self.fps < 1:
            raise UsageError(f"--fps must be at least 1, got {self.fps}")
        if self.rooms is not None and self.rooms < 0:
            raise UsageError(f"--rooms is a seed from 0 on, got {self.rooms}")
        if self.size is not None and min(self.size) < 1:
            raise UsageError(f"--size must be positive, got {self.size[0]}x{self.size[1]}")
        if self.size is not None and self.rooms is not None and not _can_be_rendered(*self.size):
            raise UsageError(
                f"--size {self.size[0]}x{self.size[1]}:"
                f" rooms are filmed at {SMALLEST_ROOM_PX} to {LARGEST_ROOM_PX} pixels a side"
            )
        if self.depth_unit_m is not None and not 0 < self.depth_unit_m < 1:
            raise UsageError(f"--depth-unit is metres per step, above 0 and below 1; got {self.depth_unit_m}")

    def _check_outputs(self) -> None:
        for field, suffixes in OUTPUT_SUFFIXES.items():
            path = getattr(self, field)
            if path is not None and path.suffix.lower() not in suffixes:
                raise UsageError(f"{flag(field)} {path}: the name must end in {' or '.join(suffixes)}")
        if self.save_cloud is not None:
            _check_template(self.save_cloud)
        for field in ("save_masks", "save_dataset", "smooth"):
            if self.model == NO_MODEL and getattr(self, field):
                raise UsageError(f"{flag(field)} needs a model; --model none only looks and records")
        if self.video_layout != "overlay" and self.save_video is None:
            raise UsageError("--video-layout goes with --save-video")
        places = [path.resolve() for path in self.outputs.values()]
        if len(set(places)) < len(places):
            raise UsageError("two outputs have the same path")
        if self.record is not None:  # where it grows, and where that of a program that was killed lies
            places.append(self.record.with_name(f"{self.record.name}.part").resolve())
        source = self.bag or self.frames
        if source is not None and source.resolve() in places:
            raise UsageError(f"{source} is the source; write somewhere else")


def _can_be_rendered(width: int, height: int) -> bool:
    return all(SMALLEST_ROOM_PX <= side <= LARGEST_ROOM_PX for side in (width, height))


def is_numbered(path: Path) -> bool:
    """Whether {index} in the name makes one file a frame; a name without it is taken as it stands."""
    return path.name.format(index=0) != path.name.format(index=1)


def _check_template(path: Path) -> None:
    try:
        path.name.format(index=0)
    except (LookupError, ValueError, AttributeError, TypeError) as error:
        raise UsageError(f"--save-cloud {path}: in the name only {{index}} may stand in braces") from error


def parse_size(text: str) -> tuple[int, int]:
    """'640x480' as (640, 480). Raises UsageError for anything else."""
    width, cross, height = text.lower().partition("x")
    if not (cross and text.isascii() and width.isdigit() and height.isdigit()):
        raise UsageError(f"--size {text}: write it as 640x480")
    return int(width), int(height)

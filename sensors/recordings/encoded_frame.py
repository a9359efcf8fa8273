"""A frame on its way into a recording: its images encoded, and which cameras took them."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from sensors.frames import Clock, RawFrame
from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.recordings.image_codec import encode_png


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """Both cameras, as a recording declares them once for all its frames. depth_unit_m: metres per depth step."""

    color_intrinsics: CameraIntrinsics
    depth_intrinsics: CameraIntrinsics
    color_from_depth: RigidTransform
    depth_unit_m: float

    @classmethod
    def of(cls, raw: RawFrame) -> Rig:
        """The cameras of a frame."""
        return cls(raw.color_intrinsics, raw.depth_intrinsics, raw.color_from_depth, raw.depth_unit_m)

    def difference(self, other: Rig) -> str:
        """In words what is not the same, such as "depth frames are 848x480, not 640x480"; "" where all is."""
        for name, ours, theirs in (
            ("colour", self.color_intrinsics, other.color_intrinsics),
            ("depth", self.depth_intrinsics, other.depth_intrinsics),
        ):
            if (ours.width, ours.height) != (theirs.width, theirs.height):
                return f"{name} frames are {theirs.width}x{theirs.height}, not {ours.width}x{ours.height}"
            if ours is not theirs and astuple(ours) != astuple(theirs):
                return f"the {name} camera's intrinsics changed"
        if self.depth_unit_m != other.depth_unit_m:
            return f"the depth unit is {other.depth_unit_m:g}, not {self.depth_unit_m:g}"
        return "" if _is_same(self.color_from_depth, other.color_from_depth) else "the cameras moved"


@dataclass(frozen=True, slots=True, eq=False)
class EncodedFrame:
    """A RawFrame with its images as PNG; timestamp_s, clock and number as there (the position, without a number)."""

    timestamp_s: float
    clock: Clock
    number: int
    rig: Rig
    color_png: bytes
    depth_png: bytes

    @classmethod
    def of(cls, raw: RawFrame, compression_level: int) -> EncodedFrame:
        """Encode a frame, lossless; level 0 (fastest) to 9 (smallest). Callable from any thread."""
        return cls(
            timestamp_s=raw.timestamp_s,
            clock=raw.clock,
            number=raw.frame_number if raw.frame_number >= 0 else raw.index,
            rig=Rig.of(raw),
            color_png=encode_png(raw.color, compression_level),
            depth_png=encode_png(raw.depth_raw, compression_level),
        )

    @property
    def nbytes(self) -> int:
        """Bytes of both images."""
        return len(self.color_png) + len(self.depth_png)


def _is_same(ours: RigidTransform, theirs: RigidTransform) -> bool:
    return ours is theirs or (
        ours.rotation.tobytes() == theirs.rotation.tobytes()
        and ours.translation_m.tobytes() == theirs.translation_m.tobytes()
    )

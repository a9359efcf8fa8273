"""The frames that new engines are checked with: those of the demo that comes with the program."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.assets import asset_path
from segmentation.engines.request import CheckFrame, CheckFrames

DEMO = "demo.db3"


def demo_frames() -> Iterator[CheckFrame]:
    """The demo's frames, from the first. Raises RecordingError where it is damaged."""
    from sensors.align import Aligner
    from sensors.open import SourceOptions, open_source

    align = Aligner()
    with open_source(SourceOptions(recording=asset_path(DEMO))) as source:
        for raw in source:
            frame = align(raw)
            yield CheckFrame(frame.color, frame.depth_m, (frame.intrinsics.fx, frame.intrinsics.fy))


# The SHA-256 in the name, shortened, is the file's: reports on engines that were compared on another demo do not count.
DEMO_CHECK_FRAMES = CheckFrames(f"{DEMO} db3320e79e7a", demo_frames)

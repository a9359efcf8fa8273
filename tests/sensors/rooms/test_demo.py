"""The recording that bare `rgbd-live` plays, and the script that makes such recordings."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from sensors.recordings.reader import open_recording
from sensors.rooms import demo
from sensors.rooms.film import RoomFilm

ASSET = Path(__file__).resolve().parents[3] / "assets" / "demo.db3"


def test_the_demo_is_small_and_plays_as_a_walk_through_a_room() -> None:
    assert ASSET.stat().st_size <= 12_000_000
    with open_recording(ASSET) as source:
        frames = list(source)
    assert len(frames) == 70
    times_s = [frame.timestamp_s for frame in frames]
    assert np.diff(times_s) == pytest.approx(np.full(69, 0.1), abs=1e-4)
    assert {frame.color.shape for frame in frames} == {(240, 320, 3)}
    changes = [np.abs(a.color.astype(int) - b.color).mean() for a, b in itertools.pairwise(frames)]
    assert 0.5 < np.median(changes) < 40
    for frame in frames:
        assert 0.6 < (frame.depth_raw > 0).mean() < 1  # a stereo camera has holes
        assert 60 < frame.color.mean() < 200


def test_no_model_was_trained_on_the_demos_room() -> None:
    assert demo.SEED >= 70_000


def test_what_is_written_plays_back_as_it_was_filmed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(demo, "FRAMES", 2)
    demo.write_demo(tmp_path / "demo.db3")
    film = RoomFilm(demo.SEED, fps=demo.FPS)
    with open_recording(tmp_path / "demo.db3") as source:
        for index, frame in enumerate(source):
            filmed = film.frame(demo.FIRST + index)
            assert np.array_equal(frame.color, filmed.color)
            assert np.array_equal(frame.depth_raw, filmed.depth_raw)
            assert frame.color_from_depth.translation_m == pytest.approx(filmed.color_from_depth.translation_m)
    assert index == 1
    with pytest.raises(FileExistsError):
        demo.write_demo(tmp_path / "demo.db3")

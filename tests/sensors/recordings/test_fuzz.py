"""Recordings with bytes flipped or cut at random: each plays or is refused in one line, and nothing else happens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from recordings import make_frames, streams_of, write_bag, write_db3

from sensors.errors import RecordingError
from sensors.recordings.reader import open_recording

SEEDS = 400


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder, frames = tmp_path_factory.mktemp("whole"), make_frames(6)
    db3 = write_db3(folder / "a.db3", frames)
    bag = write_bag(folder / "a.bag", frames[0], *streams_of(frames))
    return {"db3": db3.read_bytes(), "bag": bag.read_bytes()}


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    data = np.frombuffer(content, np.uint8).copy()
    if rng.random() < 0.3:
        data = data[: rng.integers(1, data.size)]
    places = rng.integers(0, data.size, rng.integers(1, 20))
    data[places] = rng.integers(0, 256, places.size)
    return data.tobytes()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["db3", "bag"])
def test_damage_is_played_or_refused_in_one_line(whole: dict[str, bytes], kind: str, tmp_path: Path) -> None:
    refusals: dict[str, str] = {}
    for seed in range(SEEDS):
        path = tmp_path / f"{seed}.{kind}"
        path.write_bytes(damaged(whole[kind], np.random.default_rng(seed)))
        try:
            with open_recording(path) as source:
                assert sum(1 for _ in source) <= 6
        except RecordingError as error:
            refusals[path.name] = str(error)
        path.unlink()
    assert SEEDS / 10 < len(refusals) < SEEDS, "the damage is too harmless or too hard to tell anything"
    for name, said in refusals.items():
        assert name in said
        assert "\n" not in said, said

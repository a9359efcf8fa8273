"""Fusing beside the frame path, and --save-map as a whole."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import numpy as np
import pytest
from room_walk import room_walk, without_depth
from waiting import wait_until

from app.mapping import live_map
from app.mapping.live_map import LiveMap, make_map
from app.mapping.mapper import MapCounts
from app.summary import map_line
from console.errors import OutputError
from sensors.recordings.db3_writer import Db3Writer
from sensors.rooms.film import RoomFilm

pytest.importorskip("open3d")


class HeldMapper:
    """Takes a frame only when it is let; remembers which."""

    def __init__(self, classes) -> None:
        self.may_go, self.taken, self.error = threading.Semaphore(0), [], None

    def add(self, frame, segmentation) -> bool:
        self.may_go.acquire()
        if self.error is not None:
            raise self.error
        self.taken.append(frame.index)
        return True

    def refresh(self) -> None:
        pass

    def snapshot(self) -> None:
        return None

    @property
    def counts(self) -> MapCounts:
        return MapCounts(len(self.taken), 0, False)

    def save(self, path, *, model, trained) -> bool:
        path.write_text(f"{model} {trained} {self.taken}")
        return True


@pytest.fixture
def held(monkeypatch) -> HeldMapper:
    mapper = HeldMapper(None)
    monkeypatch.setattr(live_map, "Mapper", lambda classes: mapper)
    return mapper


def test_a_camera_is_never_waited_for_and_the_newest_wins(held, result, tmp_path) -> None:
    fusing = LiveMap(tmp_path / "m.ply", model="m", drops=True)
    fusing.write(*result(0))
    wait_until(lambda: fusing._waiting._item is None)  # it is at the first
    for index in range(1, 6):
        fusing.write(*result(index))  # would block for ever if it waited
    held.may_go.release(10)
    fusing.close()
    assert held.taken == [0, 5]
    assert fusing.report == {"fused": 2, "lost": 0, "dropped": 4, "full": False}
    assert (tmp_path / "m.ply").read_text() == "m False [0, 5]"


def test_every_frame_of_a_recording_is_fused(held, result, tmp_path) -> None:
    fusing = LiveMap(tmp_path / "m.ply", model="m", drops=False)
    feeding = threading.Thread(target=lambda: [fusing.write(*result(index)) for index in range(6)])
    feeding.start()
    feeding.join(0.2)
    assert feeding.is_alive()  # it waits
    held.may_go.release(10)
    feeding.join(10)
    fusing.close()
    assert held.taken == list(range(6))
    assert fusing.report["dropped"] == 0


def test_what_goes_wrong_ends_a_run_that_asked_for_a_file(held, result, tmp_path) -> None:
    held.error = ValueError("no such lens")
    held.may_go.release(10)
    fusing = LiveMap(tmp_path / "m.ply", model="m", drops=False)
    fusing.write(*result(0))
    with pytest.raises(ValueError, match="no such lens"):
        fusing.close()
    assert not (tmp_path / "m.ply").exists()


def test_what_goes_wrong_in_a_viewers_map_switches_it_off(held, result, caplog) -> None:
    held.error = ValueError("no such lens")
    held.may_go.release(10)
    fusing = LiveMap(None, model="m", drops=True)
    fusing.is_on = True
    fusing.write(*result(0))
    wait_until(lambda: not fusing.is_on)
    for index in range(3):
        fusing.write(*result(index))
    held.error, fusing.is_on = None, True  # and it can be switched on again
    fusing.write(*result(3))
    fusing.close()
    assert held.taken == [3]
    assert [record.message for record in caplog.records] == ["the map ends here: no such lens"]


def test_a_viewers_map_is_off_until_switched_on(held, result) -> None:
    held.may_go.release(10)
    fusing = LiveMap(None, model="m", drops=False)
    fusing.write(*result(0))
    fusing.is_on = True
    fusing.write(*result(1))
    fusing.write(*result(2))
    fusing.close()
    assert held.taken == [1, 2]


def test_a_map_that_goes_to_a_file_cannot_be_switched_off(held, result, tmp_path) -> None:
    kept = LiveMap(tmp_path / "m.ply", model="m", drops=False)
    kept.is_on = False
    held.may_go.release(2)
    for index in range(2):
        kept.write(*result(index))
    kept.close()
    assert held.taken == [0, 1]


def test_a_map_is_made_where_someone_wants_one_or_could(tmp_path, monkeypatch) -> None:
    assert make_map(None, model="m", drops=True, watched=False) is None
    could = make_map(None, model="m", drops=True, watched=True)
    assert could is not None
    could.close()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert make_map(None, model="m", drops=True, watched=True) is None


def test_no_map_is_told_with_the_reason(result, tmp_path) -> None:
    fusing = LiveMap(tmp_path / "m.ply", model="m", drops=False)
    frame, segmentation = result(0)
    for _ in range(3):
        fusing.write(without_depth(frame), segmentation)
    with pytest.raises(OutputError, match="no frame had enough depth"):
        fusing.close()
    assert not (tmp_path / "m.ply").exists()
    with pytest.raises(OutputError, match="no frame came"):
        LiveMap(tmp_path / "m.ply", model="m", drops=False).close()


def test_a_snapshot_comes_while_nothing_new_arrives() -> None:
    fusing = LiveMap(None, model="m", drops=False)
    fusing.is_on = True
    for step in room_walk(70196, first=80, count=24)[:5]:
        fusing.write(step.frame, step.truth)
    wait_until(lambda: fusing.report["fused"] == 5)  # only now is a snapshot asked for
    wait_until(lambda: (cloud := fusing.snapshot()) is not None and len(cloud) > 5000)
    fusing.close()


def test_frames_are_told_by_what_became_of_them() -> None:
    report = {"fused": 1, "lost": 0, "dropped": 0, "full": False}
    assert map_line(report) == "mapped 1 frame"
    said = map_line({"fused": 20, "lost": 3, "dropped": 4, "full": True})
    assert said.startswith("mapped 20 frames; 3 were left out")
    assert "4 came too fast" in said
    assert "largest size" in said


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Six frames of a walk as a user's recording."""
    film, path = RoomFilm(70196, (160, 120)), tmp_path_factory.mktemp("walk") / "w.db3"
    with Db3Writer(path, like=film.frame(80), fps=10, device_name="rooms", serial="0") as writer:
        for index in range(6):
            raw = film.frame(80 + index)
            writer.write(replace(raw, index=index, timestamp_s=index / 10, clock="recording", frame_number=index))
    return path


@pytest.mark.parametrize("model", [("--model", "none"), ("--engine", "torch", "--device", "cpu")], ids=["none", "lite"])
def test_save_map_from_the_command_line(run_program, recording, tmp_path, model) -> None:
    target, stats = tmp_path / "m.ply", tmp_path / "s.json"
    code, _, errors = run_program("--bag", recording, *model, "--view", "none", "--save-map", target, "--stats", stats)
    assert code == 0, errors
    assert "mapped 6 frames\n" in errors
    assert json.loads(stats.read_text())["map"] == {"fused": 6, "lost": 0, "dropped": 0, "full": False}
    header, body = target.read_bytes().split(b"end_header\n")
    points = int(header.split(b"element vertex ")[1].split(b"\n")[0])
    assert points > 5000
    assert np.isfinite(np.frombuffer(body[: points * 28], np.dtype([("p", "<f4", 6), ("c", "u1", 4)]))["p"]).all()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".ply"] == ["m.ply"]


def test_without_open3d_it_is_told_before_anything_is_played(run_program, recording, tmp_path) -> None:
    (tmp_path / "site" / "open3d").mkdir(parents=True)
    (tmp_path / "site" / "open3d" / "__init__.py").write_text("raise ImportError('No module named open3d')\n")
    code, _, errors = run_program(
        *("--bag", recording, "--model", "none", "--view", "none", "--save-map", tmp_path / "m.ply"),
        PYTHONPATH=str(tmp_path / "site"),
    )
    assert code == 5
    last = errors.strip().splitlines()
    assert len(last) == 1
    assert "the extra 3d" in last[0]
    assert not (tmp_path / "m.ply").exists()

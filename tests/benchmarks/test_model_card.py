from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module", autouse=True)
def _scripts_on_the_path() -> None:
    sys.path.insert(0, str(ROOT / "benchmarks" / "model_card"))


def script(name: str):
    return importlib.import_module(name)


def test_calling_everything_wall_scores_what_is_known(sample_data: Path) -> None:
    """0.54 and 0.21 were counted when the two frames were collected: both label conventions are read right."""
    frames = script("sample_frames").labelled(sample_data)
    walls = [{"with depth": np.ones_like(frame.label)} for frame in frames]
    scores = script("real_frames").score_frames(frames, walls, 37)
    assert scores["nyuv2 frame_a"]["all wall"] == scores["nyuv2 frame_a"]["with depth"]
    assert scores["nyuv2 frame_a"]["all wall"]["pixel_accuracy"] == pytest.approx(0.54, abs=0.005)
    assert scores["nyuv2 frame_b"]["all wall"]["pixel_accuracy"] == pytest.approx(0.21, abs=0.005)
    assert all(frame.label.max() <= 37 for frame in frames)


def test_the_real_frames_are_in_metres(sample_data: Path) -> None:
    """Medians as they were counted when the frames were collected, and no spike left."""
    for name, read in script("sample_frames").sample_sets(sample_data, 3).items():
        frames = read()
        assert len(frames) == {"kitchen": 3, "realsense": 3, "stills": 3, "labelled": 2}[name]
        for frame in frames:
            assert frame.depth_m.shape == frame.color.shape[:2]
            assert frame.depth_m.dtype == np.float32
            assert 0.5 < np.median(frame.depth_m[frame.depth_m > 0]) < 5
            assert frame.depth_m.max() < 65.5  # 65535 means no reading
    by_name = {
        frame.name: np.median(frame.depth_m[frame.depth_m > 0]) for frame in script("sample_frames").stills(sample_data)
    }
    assert by_name["kinect2_still"] == pytest.approx(2.45, abs=0.01)
    assert by_name["sunrgbd img_0063"] == pytest.approx(1.96, abs=0.02)
    assert by_name["sunrgbd 2014-12-18_11-31-54_260595134347"] == pytest.approx(2.40, abs=0.02)


@pytest.mark.parametrize("depth_mm", [0, 1, 1000, 7999, 8191, 65535])
def test_sun_depth_is_decoded_as_the_toolbox_encodes(depth_mm: int) -> None:
    """The toolbox stores bitor(bitshift(d, 3), bitshift(d, 3 - 16)) in 16 bits."""
    encoded = np.array([((depth_mm << 3) | (depth_mm >> 13)) & 0xFFFF], np.uint16)
    assert script("sample_frames").sun_depth_mm(encoded).tolist() == [depth_mm]


def write_run(folder: Path, miou: float) -> None:
    scores = {"miou": miou, "pixel_accuracy": 0.7, "mean_accuracy": 0.5, "ece": 0.1, "classes_with_truth": 2}
    entries = [
        {"name": "wall", "iou": miou, "accuracy": 0.9, "pixels": 75},
        {"name": "floor", "iou": None, "accuracy": None, "pixels": 25},
    ]
    baseline = {"class": "wall", "miou": 0.375, "pixel_accuracy": 0.75, "mean_accuracy": 0.5}
    cameras = {"rooms-stereo": {**scores, "frames": 4, "pixels": 100, "baseline": baseline}}
    flat = {**scores, "miou": miou / 2, "classes": entries, "per_camera": cameras}
    document = {**scores, "classes": entries, "per_camera": cameras, "without_depth": flat, "baseline": baseline}
    real = {
        way: {"pixel_accuracy": 0.25, "miou": 0.125, "classes": 9}
        for way in ("with depth", "without depth", "all wall")
    }
    for name, content in (("evaluation/evaluation.json", document), ("real/real_frames.json", {"a frame": real})):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(json.dumps(content))
    lines = ["1,2.5,,,,0.001,30", "2,1.5,1.75,0.25,0.5,0.0005,90"]
    (folder / "history.csv").write_text(
        "epoch,train_loss,val_loss,miou,pixel_accuracy,lr,seconds\n" + "\n".join(lines) + "\n"
    )


def test_the_card_is_filled_from_the_runs_and_twice_is_once(tmp_path: Path) -> None:
    for name, miou in (("a", 0.5), ("b", 0.25)):
        write_run(tmp_path / name, miou)
    read_run = script("runs").read_run
    runs = [read_run("malleable", tmp_path / "a"), read_run("plain", tmp_path / "b")]
    assert runs[0].epochs == 2
    assert runs[0].minutes == 1.5
    assert np.isnan(runs[0].history["miou"][0])
    tables = script("card_tables").card_tables(runs)
    assert "| malleable | 0.500 | 0.700 | 0.500 | 0.100 | 0.250 | 2 | 2 |" in tables["comparison"]
    assert "| wall | 75.00 % | 0.500 | 0.250 | 0.500 |" in tables["classes"]
    assert "| floor | 25.00 % | - | - | - |" in tables["classes"]
    assert "| rooms-stereo | 4 | 2 | 0.500 | 0.500 | 0.375 | 0.700 | 0.700 | 0.750 | 0.500 |" in tables["cameras"]
    assert "| a frame (9 classes) | 0.25 / 0.125 |" in tables["real"]
    card = tmp_path / "card.md"
    card.write_text((ROOT / "docs" / "model_card.md").read_text())
    script("card_tables").fill(card, tables)
    once = card.read_text()
    assert all(content in once for content in tables.values())
    script("card_tables").fill(card, tables)
    assert card.read_text() == once
    assert script("curves").curves_picture(runs).startswith(b"\x89PNG")


def test_a_card_without_a_place_for_a_table_is_refused(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text("# nothing\n")
    with pytest.raises(SystemExit, match="no place for the table classes"):
        script("card_tables").fill(card, {"classes": "| a |"})

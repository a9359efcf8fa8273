from __future__ import annotations

import numpy as np
import pytest

from segmentation.classes import IGNORE, ids_from_labels
from sensors.prepared import read_index
from training.evaluate.pictures.draw import FRAMES_ON_A_SHEET, chosen_frames
from training.evaluate.report.document import evaluation_document, way
from training.evaluate.scoring.score import Evaluation, evaluate


def run(root, predictor) -> tuple[Evaluation, list[np.ndarray]]:
    """The evaluation, and every frame's truth as network ids."""
    index = read_index(root)
    result = evaluate(index, index.samples, predictor, before_each=lambda: None)
    return result, [ids_from_labels(index.read(sample).label) for sample in index.samples]


def test_a_perfect_predictor_scores_one_and_depth_is_really_taken_away(make_prepared, color_predictor) -> None:
    result, truths = run(make_prepared(), color_predictor())
    whole, flat = result.with_depth.whole(), result.without_depth.whole()
    assert (whole.miou(), whole.pixel_accuracy(), whole.mean_accuracy()) == (1, 1, 1)
    assert result.with_depth.calibration.ece() == 0
    assert all(frame.miou == 1 for frame in result.frames)
    known = np.concatenate([truth[truth != IGNORE] for truth in truths])
    assert flat.pixel_accuracy() == pytest.approx((known == 0).mean())
    assert flat.mean_accuracy() == pytest.approx(1 / 6)


def test_a_modest_perfect_predictor_is_off_by_its_modesty(make_prepared, color_predictor) -> None:
    result, _ = run(make_prepared(), color_predictor(confidence=0.7))
    assert result.with_depth.whole().miou() == 1
    assert result.with_depth.calibration.ece() == pytest.approx(0.3, abs=1e-6)


def test_the_document_has_every_score_by_its_name(make_prepared, color_predictor) -> None:
    result, truths = run(make_prepared(7), color_predictor())
    document = evaluation_document(result, color_predictor.classes, {"model": "a model"})
    assert document["model"] == "a model"
    assert (document["frames"], document["scenes"], document["classes_with_truth"]) == (7, 4, 6)
    assert (document["miou"], document["pixel_accuracy"], document["mean_accuracy"], document["ece"]) == (1, 1, 1, 0)
    assert [entry["name"] for entry in document["classes"]] == list(color_predictor.classes.names[1:])
    known = np.concatenate([truth[truth != IGNORE] for truth in truths])
    assert [entry["pixels"] for entry in document["classes"]] == np.bincount(known, minlength=37).tolist()
    assert document["classes"][0] == {"name": "wall", "iou": 1, "accuracy": 1, "pixels": int((known == 0).sum())}
    assert document["classes"][2] == {"name": "cabinet", "iou": None, "accuracy": None, "pixels": 0}
    assert set(document["per_camera"]) == {"rooms-stereo", "rooms-kinect1", "rooms-clean"}
    assert sum(entry["frames"] for entry in document["per_camera"].values()) == 7
    assert sum(entry["pixels"] for entry in document["per_camera"].values()) == len(known)
    assert sum(bin_["pixels"] for bin_ in document["calibration"]) == len(known)
    assert set(document["without_depth"]) == set(way(result.without_depth, color_predictor.classes, 0))


def test_frames_are_shown_by_their_own_score_or_evenly(make_prepared, color_predictor) -> None:
    """From one frame to more than a sheet holds; each sheet has different frames."""
    result, _ = run(make_prepared(9), color_predictor())
    for number, frame in enumerate(result.frames):
        result.frames[number] = type(frame)(frame.sample, [0.5, 0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6][number])
    names = {
        name: [frame.sample.name for frame in frames] for name, (frames, _) in chosen_frames(result.frames).items()
    }
    assert names["best.png"] == ["002", "006", "004", "008", "000"]
    assert names["worst.png"] == ["001", "005", "003", "007", "000"]
    assert names["samples.png"] == ["000", "002", "004", "006", "008"]
    for some in range(FRAMES_ON_A_SHEET + 1):
        for frames, _ in chosen_frames(result.frames[:some]).values():
            assert len(frames) == len({frame.sample.name for frame in frames}) == min(some, FRAMES_ON_A_SHEET)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from segmentation.classes import IGNORE, class_set, ids_from_labels
from sensors.prepared import PreparedDataError, read_index
from training.evaluate.pictures.draw import FRAMES_ON_A_SHEET, chosen_frames
from training.evaluate.report.document import evaluation_document, way
from training.evaluate.scoring.score import Evaluation, evaluate


def run(root, predictor, **more: Any) -> tuple[Evaluation, list[np.ndarray]]:
    """The evaluation, and every frame's truth as network ids."""
    index = read_index(root)
    result = evaluate(index, index.samples, predictor, before_each=lambda: None, **more)
    return result, [ids_from_labels(index.read(sample).label) for sample in index.samples]


class NearOracle:
    """Right (by colour) within 2 m, and says wall beyond and where it has no reading."""

    classes = class_set("sunrgbd37")

    def probabilities(self, color: NDArray, depth_m: NDArray, focal_px: tuple[float, float]) -> NDArray[np.float32]:
        right = (color[None] == self.classes.colors[1:, None, None]).all(axis=-1)
        near = (depth_m > 0) & (depth_m < 2)
        wall = np.arange(len(self.classes))[:, None, None] == 0
        return np.where(near, right, wall).astype(np.float32)


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


def test_who_is_right_within_two_metres_is_seen_to_be(make_prepared) -> None:
    root = make_prepared(4)
    result, truths = run(root, NearOracle())
    document = evaluation_document(result, NearOracle.classes, {})
    by_name = {entry["name"]: entry for entry in document["depth_ranges"]}
    index = read_index(root)
    depth_m = np.concatenate([index.read(sample).depth_steps.ravel() for sample in index.samples]) / 1000
    truth = np.concatenate([target.ravel() for target in truths])
    limits = {"no reading": (-1, 0), "0-1 m": (0, 0.9999), "1-2 m": (0.9999, 1.9999), "2-3 m": (1.9999, 2.9999)}
    for name, (above_m, up_to_m) in limits.items():
        inside = (depth_m > above_m) & (depth_m <= up_to_m) & (truth != IGNORE)
        entry, walls = by_name[name], (truth[inside] == 0).mean()
        assert entry["pixels"] == inside.sum() > 100
        assert entry["share"] == pytest.approx(inside.sum() / (truth != IGNORE).sum(), abs=1e-6)
        assert entry["pixel_accuracy"] == pytest.approx(1 if name in ("0-1 m", "1-2 m") else walls, abs=1e-6)
        assert entry["without_depth"]["pixel_accuracy"] == pytest.approx(walls, abs=1e-6)
        assert entry["miou"] == (1 if name in ("0-1 m", "1-2 m") else pytest.approx(walls / 6, abs=1e-6))
    assert by_name["6+ m"] == {
        "name": "6+ m", "from_m": 6, "to_m": None, "pixels": 0, "share": 0,
        **dict.fromkeys(("miou", "pixel_accuracy", "mean_accuracy")), "classes_with_truth": 0,
        "without_depth": dict.fromkeys(("miou", "pixel_accuracy", "mean_accuracy")),
        "baseline": dict.fromkeys(("miou", "pixel_accuracy", "mean_accuracy")),
    }  # fmt: skip
    assert sum(entry["share"] for entry in by_name.values()) == pytest.approx(1, abs=1e-5)


def test_the_baseline_stands_beside_every_score(make_prepared, color_predictor) -> None:
    """The same one class everywhere: the commonest of all frames, whatever is commonest for a camera or a depth."""
    result, truths = run(make_prepared(6), color_predictor())
    document = evaluation_document(result, color_predictor.classes, {})
    known = np.concatenate([truth[truth != IGNORE] for truth in truths])
    pixels = np.bincount(known, minlength=37)
    assert document["baseline"]["class"] == color_predictor.classes.names[1 + pixels.argmax()]
    assert document["baseline"]["pixel_accuracy"] == pytest.approx(pixels.max() / pixels.sum(), abs=1e-6)
    assert document["baseline"]["miou"] == pytest.approx(pixels.max() / pixels.sum() / 6, abs=1e-6)
    for number, camera in enumerate(("rooms-stereo", "rooms-kinect1", "rooms-clean")):
        own = np.concatenate([truth[truth != IGNORE] for truth in truths[number::3]])
        accuracy = document["per_camera"][camera]["baseline"]["pixel_accuracy"]
        assert accuracy == pytest.approx((own == pixels.argmax()).mean(), abs=1e-6)
    right = [entry["pixels"] * (entry["baseline"]["pixel_accuracy"] or 0) for entry in document["depth_ranges"]]
    assert sum(right) == pytest.approx(pixels.max(), rel=1e-4)


def test_several_scales_are_a_score_of_their_own(make_prepared, color_predictor) -> None:
    root = make_prepared(3)
    single, _ = run(root, NearOracle())
    both, _ = run(root, NearOracle(), averaged=color_predictor())
    alone = evaluation_document(single, NearOracle.classes, {})
    document = evaluation_document(both, NearOracle.classes, {})
    more = document.pop("multi_scale_flip")
    assert document == alone
    assert more["miou"] == 1 > document["miou"]
    assert set(more) - {"scales"} == set(document["without_depth"])
    assert more["scales"] == [0.5, 0.75, 1, 1.25, 1.5]


def test_classes_that_the_model_does_not_have_count_as_void(make_prepared, color_predictor) -> None:
    def nyu_frame(seed: int, size: tuple[int, int]) -> tuple[NDArray, NDArray, NDArray]:
        width, height = size
        label = np.random.default_rng(seed).choice([0, 1, 5, 37, 38, 39, 40], (height, width)).astype(np.uint8)
        return class_set("nyu40").colors[label], np.full((height, width), 1500, np.uint16), label

    result, truths = run(make_prepared(3, class_set="nyu40", arrays=nyu_frame), color_predictor())
    truth = np.concatenate([target.ravel() for target in truths])
    assert result.unknown_pixels == (truth[truth != IGNORE] >= 37).sum() > 0
    assert result.with_depth.whole().pixels == (truth < 37).sum()
    assert result.with_depth.whole().miou() == 1
    document = evaluation_document(result, color_predictor.classes, {})
    assert document["unknown_share"] == pytest.approx((truth[truth != IGNORE] >= 37).mean(), abs=1e-6)


def test_frames_without_any_truth_are_refused(make_prepared, color_predictor) -> None:
    def unlabelled(seed: int, size: tuple[int, int]) -> tuple[NDArray, NDArray, NDArray]:
        shape = size[::-1]
        return np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.uint16), np.zeros(shape, np.uint8)

    with pytest.raises(PreparedDataError, match=r"data: none of its 3 frames has a labelled pixel to score"):
        run(make_prepared(3, arrays=unlabelled), color_predictor())


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

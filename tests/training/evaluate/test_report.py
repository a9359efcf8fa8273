"""The whole command on a model file of random weights, against numbers from plain loops."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from random_models import INPUT_SIZE, MODEL, lively_model, save_model
from torch.nn import functional as F

from console.interrupt import Interrupt
from segmentation.preprocess import Preprocessor
from sensors.geometry import CameraIntrinsics
from sensors.prepared import PreparedIndex, PreparedSample, Split, read_index
from training.evaluate import EvaluateOptions, run
from training.evaluate.report.about import notes, places_unseen

LABEL_SIZE = (96, 72)  # larger than the network's input
PICTURES = {"depth_ranges.png", "confusion.png", "reliability.png", "samples.png", "best.png", "worst.png"}


def plain_count(root: Path, *, with_depth: bool) -> dict:
    """The scores from the network as trained, one pixel's class at a time."""
    model = lively_model(37)
    index, found, truth, confidence = read_index(root), [], [], []
    for sample in index.samples:
        arrays, camera = index.read(sample), sample.intrinsics
        depth_m = arrays.depth_steps.astype(np.float32) * np.float32(0.001) * with_depth
        made = Preprocessor(INPUT_SIZE)(arrays.color, depth_m.astype(np.float32), (camera.fx, camera.fy))
        with torch.inference_mode():
            logits = model(made.color, made.depth_m, made.focal_px)
            full = F.interpolate(logits, arrays.label.shape, mode="bilinear", align_corners=False)[0].softmax(0)
        known = arrays.label > 0
        found.append(full.argmax(0).numpy()[known])
        confidence.append(full.amax(0).numpy()[known])
        truth.append(arrays.label[known] - 1)
    found, truth, confidence = (np.concatenate(parts) for parts in (found, truth, confidence))
    present = np.unique(truth)
    iou = [((found == c) & (truth == c)).sum() / ((found == c) | (truth == c)).sum() for c in present]
    recall = [(found[truth == c] == c).mean() for c in present]
    ece = 0.0
    for bin_ in range(15):
        inside = (confidence > bin_ / 15) & (confidence <= (bin_ + 1) / 15)
        if inside.any():
            ece += inside.mean() * abs((found == truth)[inside].mean() - confidence[inside].mean())
    return {
        "miou": np.mean(iou),
        "pixel_accuracy": (found == truth).mean(),
        "mean_accuracy": np.mean(recall),
        "ece": ece,
        "kinds": len(np.unique(found)),
    }


def test_the_report_agrees_with_a_plain_count_at_the_labels_size(reported: dict) -> None:
    """The labels are larger than the network's input, and neither is its output's size."""
    document = json.loads((reported["out"] / "evaluation.json").read_text())
    for scores, with_depth in ((document, True), (document["without_depth"], False)):
        expected = plain_count(reported["data"], with_depth=with_depth)
        assert expected.pop("kinds") > 3, "the random network says too little to test anything"
        for name, value in expected.items():
            assert scores[name] == pytest.approx(value, abs=2e-3), (name, with_depth)
    assert document["miou"] != document["without_depth"]["miou"]
    assert document["trained"] is True
    assert (document["model"], document["dataset"], document["split"]) == (MODEL, "rooms", "val")
    assert document["notes"][0].endswith("it is not SUN RGB-D accuracy")


def test_the_report_is_complete(reported: dict) -> None:
    folder = reported["out"]
    names = {path.name for path in folder.iterdir()}
    assert names == PICTURES | {"evaluation.json", "evaluation.md", "evaluation.html"}
    for name in PICTURES:
        image = Image.open(io.BytesIO((folder / name).read_bytes()))
        assert np.asarray(image.convert("L")).std() > 5, name
        assert image.size[0] > 500
    text = (folder / "evaluation.md").read_text()
    assert "| mIoU |" in text
    assert "| shower curtain |" in text
    assert "| rooms-kinect1 | 2 |" in text
    assert "not SUN RGB-D accuracy" in text
    assert text.splitlines()[:3] == [f"# {MODEL} on rooms, val", "", f"Weights: {reported['model']}"]
    page = (folder / "evaluation.html").read_text()
    assert page.count("data:image/png;base64,") == len(PICTURES)
    assert f"<p>Weights: {reported['model']}</p>" in page
    assert "http" not in page


def test_the_tables_have_the_headline_first_and_what_it_is_worth(reported: dict) -> None:
    document = json.loads((reported["out"] / "evaluation.json").read_text())
    text = (reported["out"] / "evaluation.md").read_text()
    constant = document["baseline"]
    line = f"| mIoU | {document['miou']:.3f} | {document['without_depth']['miou']:.3f} | {constant['miou']:.3f} |"
    head = f"|  | with depth | without depth | always {constant['class']} |\n| --- | ---: | ---: | ---: |\n{line}"
    assert text.count("## ") > text.count(head) == 1
    assert text.index(head) < text.index("## By measured depth") < text.index("| 1-2 m | ")
    assert "![depth_ranges](depth_ranges.png)" in text
    assert "multi" not in text + (reported["out"] / "evaluation.html").read_text()
    assert "multi_scale_flip" not in document
    assert document["depth"] == "raw"


@pytest.mark.usefixtures("no_pictures")
def test_several_scales_stand_apart_and_leave_the_headline_as_it_is(options: dict, reported: dict, capsys) -> None:
    assert run(EvaluateOptions(**options, multi_scale=True), Interrupt()) == 0
    printed = capsys.readouterr()
    assert printed.err.startswith("rgbd-live: scoring 6 frames with depth, without, and at 5 scales with their mirror")
    assert "(12 passes each, which take about 7 times as long" in printed.err
    assert printed.out.index("with depth") < printed.out.index("multi-scale + flip")
    document = json.loads((options["out"] / "evaluation.json").read_text())
    alone = json.loads((reported["out"] / "evaluation.json").read_text())
    more = document.pop("multi_scale_flip")
    same = {key for key in alone if key not in ("data", "weights")}
    assert {key: document[key] for key in same} == {key: alone[key] for key in same}
    assert more["miou"] not in (None, document["miou"])
    text = (options["out"] / "evaluation.md").read_text()
    assert f"| mIoU | {more['miou']:.3f} | {document['miou']:.3f} |" in text.partition("## Multi-scale + flip")[2]
    scores = [text.partition("## Scores")[2].partition("\n## ")[0]]
    scores.append((reported["out"] / "evaluation.md").read_text().partition("## Scores")[2].partition("\n## ")[0])
    assert scores[0] == scores[1] != ""


@pytest.mark.usefixtures("no_pictures")
def test_refined_depth_is_what_the_network_gets(prepare, tmp_path: Path, capsys) -> None:
    """The refined depth of these samples is half the raw one, so what lay in 2-4 m lies in 1-2 m."""
    data, model = prepare(tmp_path / "data", 2, LABEL_SIZE, refined=True), save_model(tmp_path / "model.safetensors")
    found = {}
    for depth in ("raw", "refined"):
        out = tmp_path / depth
        run(EvaluateOptions(data, str(model), depth=depth, out=out, device="cpu"), Interrupt())
        found[depth] = json.loads((out / "evaluation.json").read_text())
        assert f"{depth} depth" in capsys.readouterr().out
    assert found["raw"]["miou"] != found["refined"]["miou"]
    assert found["raw"]["without_depth"]["miou"] == found["refined"]["without_depth"]["miou"]
    shares = {depth: {entry["name"]: entry["share"] for entry in found[depth]["depth_ranges"]} for depth in found}
    assert shares["refined"]["1-2 m"] == pytest.approx(shares["raw"]["2-3 m"] + shares["raw"]["3-4 m"], abs=1e-3)
    assert found["refined"]["depth"] == "refined"


@pytest.mark.usefixtures("no_pictures")
def test_a_model_of_37_classes_is_scored_on_40_and_says_what_that_leaves_out(prepare, tmp_path: Path, capsys) -> None:
    def nyu_frame(seed: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        label = np.full(size[::-1], 1, np.uint8)
        label[:18], label[18:36] = 40, 0  # a quarter each of otherprop and void; the rest is wall
        return np.zeros((*label.shape, 3), np.uint8), np.full(label.shape, 1500, np.uint16), label

    data = prepare(tmp_path / "data", 2, LABEL_SIZE, class_set="nyu40", dataset="nyuv2", arrays=nyu_frame)
    model, out = save_model(tmp_path / "model.safetensors"), tmp_path / "report"
    assert run(EvaluateOptions(data, str(model), out=out, device="cpu"), Interrupt()) == 0
    said = (
        "The data have the classes of nyu40, the model those of sunrgbd37: otherstructure, otherfurniture, otherprop"
        " count as void, which are 33.3 % of the labelled pixels."
    )
    assert said in " ".join(capsys.readouterr().out.split())
    assert said in (out / "evaluation.md").read_text()
    document = json.loads((out / "evaluation.json").read_text())
    assert document["unknown_classes"] == ["otherstructure", "otherfurniture", "otherprop"]
    assert document["unknown_share"] == pytest.approx(1 / 3, abs=1e-6)
    assert (document["data_class_set"], document["class_set"]) == ("nyu40", "sunrgbd37")
    assert (document["dataset"], document["baseline"]["pixel_accuracy"]) == ("nyuv2", 1)


@pytest.mark.usefixtures("no_pictures")
def test_streets_have_ranges_of_their_own(prepare, tmp_path: Path) -> None:
    data = prepare(
        tmp_path / "data", 2, LABEL_SIZE, class_set="cityscapes19", dataset="cityscapes", depth_unit_m=0.01,
        cameras=("city",),
        arrays=lambda seed, size: (
            np.zeros((*size[::-1], 3), np.uint8), np.full(size[::-1], 9000, np.uint16), np.full(size[::-1], 3, np.uint8)
        ),
    )  # fmt: skip
    model, out = save_model(tmp_path / "model.safetensors", "cityscapes19"), tmp_path / "report"
    assert run(EvaluateOptions(data, str(model), out=out, device="cpu"), Interrupt()) == 0
    document = json.loads((out / "evaluation.json").read_text())
    assert {entry["name"]: entry["share"] for entry in document["depth_ranges"]}["80+ m"] == 1
    assert document["baseline"]["class"] == "building"
    assert (document["unknown_share"], document["notes"]) == (0, [])


def test_without_a_folder_only_the_table_is_printed(options: dict, reported: dict, tmp_path: Path, capsys) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert run(EvaluateOptions(**{**options, "out": None}), Interrupt()) == 0
    assert sorted(tmp_path.rglob("*")) == before
    printed = capsys.readouterr().out
    about, headline, ranges, classes = printed.split("\n\n")
    title, weights, *_ = about.splitlines()
    assert title == f"{MODEL} on rooms, val"
    assert weights == f"Weights: {options['model']}"
    assert "\nmIoU " in headline
    assert "\n1-2 m " in ranges
    assert "\nbag " in classes
    assert "shower curtain" not in classes
    assert classes.endswith("\n31 classes without a true pixel\n")
    assert f"{json.loads((reported['out'] / 'evaluation.json').read_text())['miou']:.3f}" in printed


def test_test_frames_of_places_that_training_never_saw_are_told(tmp_path: Path) -> None:
    """Counts as in the real split file, in small: of RealSense's test frames those of lg have no part in training."""
    camera = CameraIntrinsics(64, 48, 60, 60, 32, 24)
    splits: dict[str, Split] = {"sa/0": "train", "shr/1": "val", "sa/2": "test", "lg/3": "test", "lg/4": "test"}
    samples = tuple(
        PreparedSample(f"s{number}", split, "realsense", f"realsense/{place}", camera)
        for number, (place, split) in enumerate(splits.items())
    )
    index = PreparedIndex(tmp_path, "sunrgbd37", samples, "sunrgbd")
    (said,) = places_unseen(index)
    assert said.startswith("realsense: 2 of its 3 test samples come from realsense/lg, of which training has none")
    assert said in notes(EvaluateOptions(tmp_path, "m", split="test"), index, is_rooms=False)
    assert notes(EvaluateOptions(tmp_path, "m", split="val"), index, is_rooms=False) == []


def test_a_limit_spreads_over_the_split_and_is_told(options: dict, capsys) -> None:
    run(EvaluateOptions(**{**options, "out": None}, limit=3), Interrupt())
    printed = capsys.readouterr().out
    assert "3 frames of 3 scenes" in printed
    assert "Note: 3 of the 6 frames of val were scored (--limit).\n" in printed
    run(EvaluateOptions(**{**options, "out": None}, limit=6), Interrupt())
    assert "--limit" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "rooms"),
    [
        ({}, True),
        ({"cameras": ("kv1",), "scene": "kv1/rooms/071"}, True),
        ({"cameras": ("kv1",), "dataset": "rooms"}, True),
        ({"cameras": ("kv1",), "scene": "kv1/NYUdata/NYU0034"}, False),
    ],
)
def test_rooms_are_called_rooms_whatever_they_are_prepared_as(
    prepare, options, tmp_path, capsys, changes, rooms
) -> None:
    data = prepare(tmp_path / "others", 1, LABEL_SIZE, **{"dataset": "sunrgbd", **changes})
    run(EvaluateOptions(**{**options, "data": data, "dataset": None, "out": None}), Interrupt())
    assert ("it is not SUN RGB-D accuracy" in capsys.readouterr().out) == rooms


@pytest.mark.usefixtures("no_pictures")
def test_untrained_weights_are_said_to_be(options: dict, capsys) -> None:
    run(EvaluateOptions(**{**options, "model": "deresunet-lite", "limit": 1}), Interrupt())
    assert json.loads((options["out"] / "evaluation.json").read_text())["trained"] is False
    assert "UNTRAINED" in (options["out"] / "evaluation.md").read_text()
    assert "UNTRAINED" in capsys.readouterr().out

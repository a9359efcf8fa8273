"""The whole command on a model file of random weights, against numbers from plain loops."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from console.errors import OutputError, UsageError
from console.exit_codes import exit_code_of
from console.interrupt import Interrupt
from segmentation.checkpoints.card import ModelCard
from segmentation.checkpoints.checkpoint import save_checkpoint
from segmentation.classes import class_set
from segmentation.errors import CheckpointError, EngineUnavailableError, UnknownModelError
from segmentation.models import build_model
from segmentation.preprocess import Preprocessor
from sensors.errors import MissingLibraryError, PreparedDataError
from sensors.prepared import SPLITS, read_index
from training.evaluate import EvaluateOptions, run
from training.evaluate import options as known

MODEL, INPUT_SIZE, LABEL_SIZE = "malleable-deresunet-lite", (64, 48), (96, 72)
PICTURES = {"depth_ranges.png", "confusion.png", "reliability.png", "samples.png", "best.png", "worst.png"}


def save_model(path: Path, classes: str = "sunrgbd37") -> Path:
    """Random weights whose labels vary over a frame."""
    number = len(class_set(classes))
    model = build_model(MODEL, number, seed=3)
    with torch.no_grad():
        for parameter in model.last_conv.parameters():
            parameter.mul_(6)
    card = ModelCard(MODEL, class_set(classes), INPUT_SIZE, training="random weights")
    save_checkpoint(path, model.state_dict(), card)
    return path


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def options_in(folder: Path, prepare) -> dict:
    return {
        "data": prepare(folder / "data", 6, LABEL_SIZE),
        "model": str(save_model(folder / "model.safetensors")),
        "dataset": "rooms",
        "out": folder / "report",
        "device": "cpu",
    }


@pytest.fixture
def options(prepare, tmp_path: Path) -> dict:
    return options_in(tmp_path, prepare)


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of the numbers: drawing takes seconds."""
    monkeypatch.setattr("training.evaluate.command.draw_pictures", lambda *_: {})


@pytest.fixture(scope="module")
def reported(prepare, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The options of an evaluation that is done."""
    options = options_in(tmp_path_factory.mktemp("reported"), prepare)
    assert run(EvaluateOptions(**options), Interrupt()) == 0
    return options


def plain_count(root: Path, *, with_depth: bool) -> dict:
    """The scores from the network as trained, one pixel's class at a time."""
    model = build_model(MODEL, 37, seed=3)
    with torch.no_grad():
        for parameter in model.last_conv.parameters():
            parameter.mul_(6)
    model.eval()
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
    page = (folder / "evaluation.html").read_text()
    assert page.count("data:image/png;base64,") == len(PICTURES)
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
    assert "shower curtain" in printed
    assert f"{json.loads((reported['out'] / 'evaluation.json').read_text())['miou']:.3f}" in printed


def test_a_limit_spreads_over_the_split(options: dict, capsys) -> None:
    run(EvaluateOptions(**{**options, "out": None}, limit=3), Interrupt())
    assert "3 frames of 3 scenes" in capsys.readouterr().out


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


@pytest.mark.usefixtures("no_pictures")
def test_what_exists_is_kept_or_replaced_as_told(options: dict) -> None:
    options["out"].mkdir()
    kept = options["out"] / "evaluation.json"
    kept.write_text("an older one")
    with pytest.raises(UsageError, match=r"--out .*report: exists and is not empty; add --overwrite"):
        run(EvaluateOptions(**options), Interrupt())
    assert kept.read_text() == "an older one"
    assert run(EvaluateOptions(**options, overwrite=True, limit=1), Interrupt()) == 0
    assert json.loads(kept.read_text())["frames"] == 1


def test_a_damaged_image_is_named_and_nothing_is_written(options: dict) -> None:
    damaged = options["data"] / "depth" / "004.png"
    damaged.write_bytes(damaged.read_bytes()[:200])
    with pytest.raises(PreparedDataError, match=r"depth/004\.png: damaged") as caught:
        run(EvaluateOptions(**options), Interrupt())
    assert exit_code_of(caught.value) == 3
    assert not options["out"].exists()


def test_a_signal_ends_it_with_nothing_written(options: dict) -> None:
    interrupt = Interrupt()
    interrupt.requested = True
    with pytest.raises(KeyboardInterrupt):
        run(EvaluateOptions(**options), interrupt)
    assert not options["out"].exists()


@pytest.mark.parametrize(
    ("changes", "error", "code", "message"),
    [
        ({"data": Path("no/such")}, PreparedDataError, 3, "no/such: no such folder"),
        ({"split": "test"}, PreparedDataError, 3, "has no sample for test, only for val"),
        ({"depth": "refined"}, PreparedDataError, 3, "data: has raw depth only; leave out --depth refined"),
        ({"model": "unet"}, UnknownModelError, 2, "unknown model 'unet'"),
        ({"model": "missing.safetensors"}, CheckpointError, 3, "model file not found"),
        ({"device": "abacus"}, UsageError, 2, "unknown device 'abacus'"),
        ({"device": "cuda:99"}, EngineUnavailableError, 5, "use --device cpu"),
        ({"out": Path(__file__)}, OutputError, 6, "is not a folder"),
        ({"out": Path(__file__) / "report"}, OutputError, 6, "is not a folder"),
    ],
)
def test_what_cannot_be_done_is_said(options: dict, changes: dict, error, code: int, message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        run(EvaluateOptions(**{**options, **changes}), Interrupt())
    assert exit_code_of(caught.value) == code
    assert "\n" not in str(caught.value)
    assert not options["out"].exists()


@pytest.mark.parametrize("classes", ["nyu13", "nyu40"])
def test_a_model_of_other_or_more_classes_is_refused(options: dict, tmp_path: Path, classes: str) -> None:
    other = save_model(tmp_path / "other.safetensors", classes)
    with pytest.raises(PreparedDataError, match=rf"has the labels of sunrgbd37, but .* was trained on {classes}"):
        run(EvaluateOptions(**{**options, "model": str(other)}), Interrupt())
    assert not options["out"].exists()


def test_cityscapes_cannot_be_scored_on_its_test_images(prepare, options: dict, tmp_path: Path) -> None:
    data = prepare(tmp_path / "city", 1, LABEL_SIZE, class_set="cityscapes19", dataset="cityscapes", split="test")
    with pytest.raises(UsageError, match="labels of Cityscapes' test images are not public; use --split val"):
        run(EvaluateOptions(**{**options, "data": data, "dataset": None}, split="test"), Interrupt())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": "imagenet"}, "--dataset imagenet: use one of sunrgbd, nyuv2, cityscapes, rooms"),
        ({"split": "all"}, "--split all: use one of train, val, test"),
        ({"split": "train+val"}, r"--split train\+val: use one of train, val, test"),
        ({"depth": "filled"}, "--depth filled: use one of raw, refined"),
        ({"limit": 0}, "--limit 0: give a number from 1"),
    ],
)
def test_options_that_are_none_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        EvaluateOptions(**{"data": Path("d"), "model": "m", **changes})


def test_the_splits_are_those_of_prepared_samples() -> None:
    assert known.SPLITS == SPLITS


def test_a_missing_library_is_said_before_anything_is_read(options: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.evaluate.find_spec", lambda name: None)
    with pytest.raises(MissingLibraryError, match=r"needs matplotlib.*pip install 'rgbd-live\[train\]'"):
        run(EvaluateOptions(**{**options, "data": Path("none")}), Interrupt())

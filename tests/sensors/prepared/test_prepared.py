from __future__ import annotations

import io
import json
import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from segmentation.classes import CLASS_SET_NAMES, class_set
from sensors.geometry import CameraIntrinsics
from sensors.prepared import PreparedDataError, PreparedSample, read_index, remove_parts, write_index, write_sample
from sensors.prepared.sample import CLASS_COUNTS

WIDTH, HEIGHT = 40, 30
INTRINSICS = CameraIntrinsics(WIDTH, HEIGHT, 41.25, 40.5, 19.5, 14.75)
PALETTE = class_set("sunrgbd37").colors


def arrays(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    color = np.kron(rng.integers(0, 256, (3, 4, 3)), np.ones((10, 10, 1))).astype(np.uint8)  # JPEG keeps plain areas
    depth_mm = rng.integers(0, 65536, (HEIGHT, WIDTH)).astype(np.uint16)
    return color, depth_mm, rng.integers(0, 38, (HEIGHT, WIDTH)).astype(np.uint8)


def sample(name: str = "a", **changes: Any) -> PreparedSample:
    return PreparedSample(
        **{"name": name, "split": "train", "camera": "kv1", "scene": "s", "intrinsics": INTRINSICS, **changes}
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_sample(tmp_path, "a", *arrays(1), palette=PALETTE)
    write_sample(tmp_path, "b", *arrays(2), color_suffix=".png")
    samples = [sample("a"), sample("b", split="val", scene="t", camera="kv2", color_suffix=".png")]
    write_index(tmp_path, samples, class_set="sunrgbd37", about="made for a test")
    return tmp_path


def change(folder: Path, edit: Callable[[dict], object]) -> None:
    document = json.loads((folder / "index.json").read_text())
    edit(document)
    (folder / "index.json").write_text(json.dumps(document))


def refusal(folder: Path) -> str:
    with pytest.raises(PreparedDataError) as caught:
        read_index(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def reading_refusal(folder: Path, position: int = 0) -> str:
    index = read_index(folder)
    with pytest.raises(PreparedDataError) as caught:
        index.read(index.samples[position])
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_written_is_read(folder: Path) -> None:
    index = read_index(folder)
    assert index.class_set == "sunrgbd37"
    first, second = index.samples
    assert (second.name, second.split, second.camera, second.scene, second.color_suffix) == (
        "b", "val", "kv2", "t", ".png",
    )  # fmt: skip
    assert first.intrinsics.matrix.tolist() == INTRINSICS.matrix.tolist()
    for one, seed, tolerance in ((first, 1, 2), (second, 2, 0)):
        color, depth_mm, label = arrays(seed)
        read = index.read(one)
        assert read.color.dtype == np.uint8
        assert np.abs(read.color.astype(int) - color).mean() <= tolerance
        assert read.depth_steps.dtype == np.uint16
        np.testing.assert_array_equal(read.depth_steps, depth_mm)
        assert read.label.dtype == np.uint8
        np.testing.assert_array_equal(read.label, label)


def test_a_palette_colours_the_labels_for_viewers_only(folder: Path) -> None:
    with Image.open(folder / "label" / "a.png") as image:
        np.testing.assert_array_equal(np.array(image.convert("RGB")), PALETTE[arrays(1)[2]])
    with Image.open(folder / "label" / "b.png") as image:
        assert image.mode == "L"


def test_colour_keeps_its_full_resolution_in_jpeg(folder: Path) -> None:
    stripes = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    stripes[:, ::2, 0] = stripes[:, 1::2, 2] = 255  # halved in resolution these would be one purple
    write_sample(folder, "c", stripes, *arrays()[1:])
    write_index(folder, [sample("c")], class_set="sunrgbd37", about="")
    index = read_index(folder)
    assert np.abs(index.read(index.samples[0]).color.astype(int) - stripes).mean() < 12


def test_an_index_travels_to_other_processes(folder: Path) -> None:
    index = pickle.loads(pickle.dumps(read_index(folder)))
    assert index.read(index.samples[0]).label.shape == (HEIGHT, WIDTH)


def test_the_class_sets_are_those_of_segmentation() -> None:
    assert {name: len(class_set(name)) for name in CLASS_SET_NAMES} == CLASS_COUNTS


def test_another_class_set_is_refused_where_one_is_asked_for(folder: Path) -> None:
    read_index(folder, "sunrgbd37")
    with pytest.raises(PreparedDataError, match="has the labels of sunrgbd37, not of nyu40"):
        read_index(folder, "nyu40")


def test_folders_that_are_none_are_told_apart(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none").endswith("none: no such folder")
    assert "is empty" in refusal(tmp_path)
    (tmp_path / "file").write_text("")
    assert "is a file" in refusal(tmp_path / "file")
    assert "is no folder of prepared samples" in refusal(tmp_path)
    write_sample(tmp_path, "a", *arrays())
    assert "half-written, index.json is missing" in refusal(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_cut_off_index_is_damaged(folder: Path, share: float) -> None:
    content = (folder / "index.json").read_bytes()
    (folder / "index.json").write_bytes(content[: int(len(content) * share)])
    assert "damaged, no JSON" in refusal(folder)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda d: d.pop("class_set"), "is no index of prepared samples"),
        (lambda d: d.update(format_version=2), "has format_version 2; this program reads 1"),
        (lambda d: d.update(class_set="pascal"), "unknown class_set 'pascal'; known: sunrgbd37"),
        (lambda d: d.update(class_set=["nyu40"]), "unknown class_set"),
        (lambda d: d.update(depth_unit_m=1000.0), "depth_unit_m: expected metres per step, such as 0.001, got 1000.0"),
        (lambda d: d.update(depth_unit_m="mm"), "got 'mm'"),
        (lambda d: d.update(depth_unit_m=float("nan")), "got nan"),
        (lambda d: d.pop("depth_unit_m"), "got None"),
        (lambda d: d.update(samples=[]), "has no samples"),
        (lambda d: d.update(samples={}), "has no samples"),
        (lambda d: d["samples"].append(7), "samples[2] is no object"),
        (lambda d: d["samples"].append(d["samples"][0]), "sample 'a' occurs twice"),
        (lambda d: d["samples"][1].pop("fx"), "sample 'b': 'fx' is missing"),
        (lambda d: d["samples"][1].pop("scene"), "sample 'b': 'scene' is missing"),
        (lambda d: d["samples"][1].pop("name"), "sample None: 'name' is missing"),
        (lambda d: d["samples"][0].update(name="../a"), "sample '../a': name: expected letters, digits"),
        (lambda d: d["samples"][0].update(name="/etc/a"), "name: expected letters"),
        (lambda d: d["samples"][0].update(name=".a"), "not starting with a dot"),
        (lambda d: d["samples"][0].update(name="a\n"), "name: expected letters"),
        (lambda d: d["samples"][0].update(color="/../../x.png"), "color: expected one of .jpg, .png"),
        (lambda d: d["samples"][0].update(split="dev"), "split: expected one of train, val, test, got 'dev'"),
        (lambda d: d["samples"][0].update(width="40"), "width: expected int, got '40'"),
        (lambda d: d["samples"][0].update(width=True), "width: expected int, got True"),
        (lambda d: d["samples"][0].update(height=0), "image size must be positive"),
        (lambda d: d["samples"][0].update(fx=float("nan")), "intrinsics must be finite"),
        (lambda d: d["samples"][0].update(fy=-3), "focal lengths must be positive"),
        (lambda d: d["samples"][0].update(scene=7), "scene: expected str, got 7"),
        (lambda d: d["samples"][0].update(name="c"), "c.jpg: is missing and 2 other files of its index"),
    ],
)
def test_an_index_that_makes_no_sense_is_refused(folder: Path, edit: Callable[[dict], object], words: str) -> None:
    change(folder, edit)
    assert words in refusal(folder)


def test_a_document_of_something_else_is_no_index(folder: Path) -> None:
    for content in ("[]", "3", '{"fx": 1, "fy": 1, "cx": 1, "cy": 1}', "[" * 100_000):
        (folder / "index.json").write_text(content)
        assert "is no index of prepared samples" in (said := refusal(folder)) or "damaged" in said


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "depth" / "b.png").unlink()
    assert refusal(folder) == f"{folder}/depth/b.png: is missing; run the command that writes the folder again"


@pytest.mark.parametrize("name", ["color/a.jpg", "color/b.png", "depth/a.png", "label/a.png", "label/b.png"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_cut_off_image_is_named(folder: Path, name: str, share: float) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(len(content) * share)])
    said = reading_refusal(folder, position="ab".index(Path(name).stem))
    assert said.startswith(f"{folder / name}: ")
    assert "damaged" in said


@pytest.mark.parametrize("name", ["color/b.png", "depth/a.png", "label/a.png"])
def test_whatever_byte_of_a_header_is_wrong_the_image_is_named_or_read(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    index = read_index(folder)
    refusals = []
    for position in range(45):
        for value in (0, content[position] ^ 1, 255):
            (folder / name).write_bytes(content[:position] + bytes([value]) + content[position + 1 :])
            try:
                index.read(index.samples["ab".index(Path(name).stem)])
            except PreparedDataError as error:
                refusals.append(str(error))
    assert len(refusals) > 60
    assert all(refusal.startswith(f"{folder / name}: ") for refusal in refusals)


def test_a_damaged_image_prints_nothing_of_its_own(folder: Path, capfd) -> None:
    content = bytearray((folder / "depth" / "a.png").read_bytes())
    content[100:140] = bytes(40)
    (folder / "depth" / "a.png").write_bytes(content)
    reading_refusal(folder)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["color/a.jpg", "depth/a.png", "label/a.png"])
def test_another_size_than_the_index_says_is_refused(folder: Path, name: str) -> None:
    with Image.open(folder / name) as image:
        image.load()
        image.resize((HEIGHT, WIDTH), Image.Resampling.NEAREST).save(folder / name)
    said = reading_refusal(folder)
    assert said.startswith(f"{folder / name}: is 30x40, but {folder}/index.json says 40x30")


def test_images_of_another_kind_are_refused(folder: Path) -> None:
    Image.fromarray(arrays()[0]).save(folder / "label" / "a.png")
    assert "label/a.png: is no label image (PNG RGB)" in reading_refusal(folder)
    write_sample(folder, "a", *arrays(1))
    Image.fromarray(arrays()[2]).save(folder / "depth" / "a.png")
    assert "depth/a.png: is no 16-bit grey image" in reading_refusal(folder)


def test_a_label_outside_the_class_set_is_refused(folder: Path) -> None:
    color, depth_mm, label = arrays(1)
    label[3, 4] = 38
    write_sample(folder, "a", color, depth_mm, label)
    assert "label/a.png: has label 38, but sunrgbd37 ends at 37" in reading_refusal(folder)
    change(folder, lambda document: document.update(class_set="nyu40"))
    index = read_index(folder)
    assert index.read(index.samples[0]).label[3, 4] == 38


@pytest.mark.parametrize(
    ("color", "depth_mm", "label"),
    [
        (np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint16), np.zeros((4, 4), np.uint8)),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5), np.uint16), np.zeros((4, 4), np.uint8)),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.float32), np.zeros((4, 4), np.uint8)),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint16), np.zeros((4, 4), np.int64)),
    ],
)
def test_arrays_that_do_not_fit_are_never_written(tmp_path: Path, color, depth_mm, label) -> None:
    with pytest.raises(ValueError, match="expected"):
        write_sample(tmp_path, "a", color, depth_mm, label)
    with pytest.raises(ValueError, match="name: expected"):
        write_sample(tmp_path, "../a", *arrays())
    with pytest.raises(ValueError, match="color_suffix: expected"):
        write_sample(tmp_path, "a", *arrays(), color_suffix=".bmp")
    assert not list(tmp_path.iterdir())


def test_a_sample_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\nimport test_prepared as t\n"
        "try:\n    t.write_sample(Path(sys.argv[1]), 'a', *t.arrays())\n"
        "except OSError as error:\n    print(error.strerror)"
    )
    words = [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parent)]
    for limit in (0, 2000, 4000):  # the colour image, then the depth image is the first that does not fit

        def lower(limit: int = limit) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        done = subprocess.run(words, capture_output=True, text=True, preexec_fn=lower, check=True)
        assert done.stdout == "" if limit == 4000 else "File too large\n"
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert len(files) == (3 if limit == 4000 else 0)


def test_parts_that_a_killed_writer_left_are_removed(folder: Path) -> None:
    (folder / "color" / ".c.jpg.99.part").write_bytes(b"half")
    (folder / ".index.json.99.part").write_bytes(b"half")
    before = {path for path in folder.rglob("*") if path.suffix != ".part"}
    remove_parts(folder)
    assert set(folder.rglob("*")) == before


def test_an_unreadable_file_is_named(folder: Path) -> None:
    os.remove(folder / "color" / "a.jpg")  # noqa: PTH107
    (folder / "color" / "a.jpg").mkdir()
    assert "color/a.jpg: cannot be read (Is a directory)" in reading_refusal(folder)


def test_refined_depth_lies_beside_the_raw_one(tmp_path: Path) -> None:
    color, raw_mm, label = arrays()
    refined_mm = np.maximum(raw_mm, 7)
    write_sample(tmp_path, "a", color, raw_mm, label, refined_steps=refined_mm)
    write_index(tmp_path, [sample("a")], class_set="sunrgbd37", about="", dataset="sunrgbd", refined=True)
    raw, refined = read_index(tmp_path), read_index(tmp_path, depth="refined")
    assert raw.dataset == refined.dataset == "sunrgbd"
    assert (raw.read(raw.samples[0]).depth_steps == raw_mm).all()
    assert (refined.read(refined.samples[0]).depth_steps == refined_mm).all()
    (tmp_path / "depth_refined" / "a.png").unlink()
    read_index(tmp_path)
    with pytest.raises(PreparedDataError, match=r"depth_refined.a\.png: is missing"):
        read_index(tmp_path, depth="refined")


def test_refined_depth_that_was_not_prepared_is_refused(folder: Path) -> None:
    with pytest.raises(PreparedDataError, match="has raw depth only"):
        read_index(folder, depth="refined")


def test_a_unit_for_far_places_travels_with_every_sample(tmp_path: Path) -> None:
    write_sample(tmp_path, "a", *arrays())
    write_index(tmp_path, [sample("a", depth_unit_m=0.005)], class_set="cityscapes19", about="")
    assert json.loads((tmp_path / "index.json").read_text())["depth_unit_m"] == 0.005
    assert read_index(tmp_path).samples[0].depth_unit_m == 0.005


def test_one_folder_has_one_unit(tmp_path: Path) -> None:
    samples = [sample("a"), sample("b", depth_unit_m=0.005)]
    with pytest.raises(ValueError, match=r"one depth unit, got 0\.001, 0\.005"):
        write_index(tmp_path, samples, class_set="sunrgbd37", about="")
    with pytest.raises(ValueError, match=r"metres per step, such as 0\.001, got 5000"):
        sample(depth_unit_m=5000)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_colour_file_is_kept_to_the_bit(tmp_path: Path, suffix: str) -> None:
    content = io.BytesIO()
    Image.fromarray(arrays()[0]).save(content, "JPEG" if suffix == ".jpg" else "PNG", comment=b"as it came")
    write_sample(tmp_path, "a", *arrays(), color_file=content.getvalue(), color_suffix=suffix)
    assert (tmp_path / "color" / f"a{suffix}").read_bytes() == content.getvalue()

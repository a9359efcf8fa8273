from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.cloud import CloudMaker, PointCloud, ray_at
from app.ply import write_ply
from console.errors import OutputError
from sensors.distortion import distort


def read_ply(path) -> tuple[list[str], np.ndarray]:
    """A reader that shares nothing with the writer: comments and rows of x, y, z, red, green, blue, label."""
    content = path.read_bytes()
    header, _, body = content.partition(b"end_header\n")
    lines = header.decode("ascii").splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    count = next(int(line.split()[2]) for line in lines if line.startswith("element vertex"))
    types = {"float": "<f4", "uchar": "u1"}
    fields = [(line.split()[2], types[line.split()[1]]) for line in lines if line.startswith("property")]
    assert [name for name, _ in fields] == ["x", "y", "z", "red", "green", "blue", "label"]
    rows = np.frombuffer(body, np.dtype(fields))
    assert len(rows) == count
    return [line.removeprefix("comment ") for line in lines if line.startswith("comment")], rows


def test_every_pixel_with_depth_is_a_point_at_its_place(result) -> None:
    frame, segmentation = result()
    cloud = CloudMaker()(frame, segmentation.labels)
    ys, xs = np.nonzero(frame.depth_m)
    assert len(cloud) == len(ys) < frame.depth_m.size
    z = frame.depth_m[ys, xs].astype(np.float64)
    camera = frame.intrinsics
    expected = np.stack([(xs - camera.cx) / camera.fx * z, (ys - camera.cy) / camera.fy * z, z], axis=1)
    np.testing.assert_allclose(cloud.points_m, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(cloud.colors, frame.color[ys, xs])
    np.testing.assert_array_equal(cloud.labels, segmentation.labels[ys, xs])
    assert (cloud.points_m.dtype, cloud.colors.dtype, cloud.labels.dtype) == (np.float32, np.uint8, np.uint8)


def test_a_frame_without_depth_is_an_empty_cloud(result, tmp_path) -> None:
    frame, segmentation = result(empty_depth=True)
    cloud = CloudMaker()(frame, segmentation.labels)
    assert len(cloud) == 0
    write_ply(tmp_path / "c.ply", cloud, classes=segmentation.classes, model="m", trained=True)
    assert len(read_ply(tmp_path / "c.ply")[1]) == 0


def test_a_cloud_keeps_its_points_when_the_next_is_made(result) -> None:
    make = CloudMaker()
    first = make(*_frame_and_labels(result(0)))
    kept = first.points_m.copy(), first.colors.copy(), first.labels.copy()
    make(*_frame_and_labels(result(1)))
    for now, before in zip((first.points_m, first.colors, first.labels), kept, strict=True):
        np.testing.assert_array_equal(now, before)


def test_another_camera_is_noticed(result) -> None:
    make = CloudMaker()
    frame, segmentation = result()
    make(frame, segmentation.labels)
    wider = replace(frame, intrinsics=replace(frame.intrinsics, fx=30.0))
    np.testing.assert_array_equal(
        make(wider, segmentation.labels).points_m, CloudMaker()(wider, segmentation.labels).points_m
    )


@pytest.mark.parametrize("model", ["brown_conrady", "inverse_brown_conrady"])
def test_points_project_back_onto_their_pixels_through_the_lens(result, model) -> None:
    frame, _ = result()
    camera = replace(frame.intrinsics, distortion_model=model, distortion=(0.1, -0.05, 0.002, -0.001, 0.01))
    xs, ys = np.meshgrid(np.arange(0, 64, 7), np.arange(0, 48, 5))
    x, y = distort(*ray_at(camera, xs, ys), camera)
    np.testing.assert_allclose(x * camera.fx + camera.cx, xs, atol=0.01)
    np.testing.assert_allclose(y * camera.fy + camera.cy, ys, atol=0.01)


@pytest.mark.parametrize("trained", [False, True])
def test_a_ply_file_gives_back_the_cloud_and_its_meaning(result, tmp_path, trained) -> None:
    frame, segmentation = result()
    cloud = CloudMaker()(frame, segmentation.labels)
    path = tmp_path / "new" / "c.ply"
    write_ply(path, cloud, classes=segmentation.classes, model="my\nmodel", trained=trained)
    comments, rows = read_ply(path)
    np.testing.assert_array_equal(np.stack([rows["x"], rows["y"], rows["z"]], axis=1), cloud.points_m)
    np.testing.assert_array_equal(np.stack([rows["red"], rows["green"], rows["blue"]], axis=1), cloud.colors)
    np.testing.assert_array_equal(rows["label"], cloud.labels)
    assert "model my model" in comments
    assert f"label 1 {segmentation.classes.names[1]}" in comments
    assert any("metres" in comment for comment in comments)
    assert any("UNTRAINED" in comment for comment in comments) == (not trained)
    assert [item.name for item in path.parent.iterdir()] == ["c.ply"]


def test_open3d_reads_the_file_too(result, tmp_path) -> None:
    open3d = pytest.importorskip("open3d")
    frame, segmentation = result()
    cloud = CloudMaker()(frame, segmentation.labels)
    write_ply(tmp_path / "c.ply", cloud, classes=segmentation.classes, model="m", trained=False)
    read = open3d.io.read_point_cloud(str(tmp_path / "c.ply"))
    np.testing.assert_allclose(np.asarray(read.points), cloud.points_m)


def test_a_cloud_whose_parts_do_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        PointCloud(np.zeros((3, 3), np.float32), np.zeros((2, 3), np.uint8), np.zeros(3, np.uint8))


def test_a_place_that_cannot_be_written_is_named(result, tmp_path) -> None:
    frame, segmentation = result()
    cloud = CloudMaker()(frame, segmentation.labels)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file"):
        write_ply(tmp_path / "file" / "c.ply", cloud, classes=segmentation.classes, model="m", trained=True)


def _frame_and_labels(pair):
    frame, segmentation = pair
    return frame, segmentation.labels

"""Maps as files."""

from __future__ import annotations

import numpy as np
import pytest

from app.mapping.grid import Surface
from app.mapping.ply_map import write_map
from console.errors import OutputError
from segmentation.classes import class_set

CLASSES = class_set("sunrgbd37")


def square() -> Surface:
    points = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 2]], np.float32)
    normals = np.tile(np.array([[0, 0, -1]], np.float32), (4, 1))
    colors = np.arange(12, dtype=np.uint8).reshape(4, 3)
    return Surface(points, normals, colors, np.array([[0, 1, 2], [0, 2, 3]], np.int32))


LABELS = np.array([0, 5, 37, 5], np.uint8)


def test_the_file_holds_what_was_given(tmp_path) -> None:
    """Read by hand, from the format's own description."""
    write_map(tmp_path / "m.ply", square(), LABELS, classes=CLASSES, model="m", trained=True)
    header, body = (tmp_path / "m.ply").read_bytes().split(b"end_header\n")
    lines = header.decode().splitlines()
    assert "UNTRAINED" not in header.decode()
    assert "comment label 5 chair" in lines
    assert {"element vertex 4", "element face 2", "property float nx", "property uchar label"} <= set(lines)
    assert len(body) == 4 * (6 * 4 + 4) + 2 * (1 + 3 * 4)
    vertex = np.dtype([("p", "<f4", 3), ("n", "<f4", 3), ("c", "u1", 3), ("l", "u1")])
    read, surface = np.frombuffer(body, vertex, 4), square()
    assert np.array_equal(read["p"], surface.points_m)
    assert np.array_equal(read["n"], surface.normals)
    assert np.array_equal(read["c"], surface.colors)
    assert np.array_equal(read["l"], LABELS)
    assert body[112:125] == b"\x03" + np.array([0, 1, 2], "<i4").tobytes()


def test_open3d_reads_the_mesh(tmp_path) -> None:
    open3d = pytest.importorskip("open3d")
    write_map(tmp_path / "m.ply", square(), LABELS, classes=CLASSES, model="m", trained=True)
    mesh = open3d.io.read_triangle_mesh(str(tmp_path / "m.ply"))
    assert np.allclose(np.asarray(mesh.vertices), square().points_m)
    assert np.array_equal(np.asarray(mesh.triangles), square().triangles)
    assert np.array_equal(np.rint(np.asarray(mesh.vertex_colors) * 255), square().colors)


def test_an_untrained_network_is_named(tmp_path) -> None:
    write_map(tmp_path / "m.ply", square(), LABELS, classes=CLASSES, model="m", trained=False)
    assert b"comment UNTRAINED" in (tmp_path / "m.ply").read_bytes()


def test_a_full_disk_leaves_the_old_file_or_none(tmp_path) -> None:
    from small_disks import small_disk

    with small_disk(tmp_path / "disk", 1) as disk:
        large = square()
        many = Surface(
            np.tile(large.points_m, (50_000, 1)),
            np.tile(large.normals, (50_000, 1)),
            np.tile(large.colors, (50_000, 1)),
            large.triangles,
        )
        (disk / "m.ply").write_bytes(b"old")
        with pytest.raises(OutputError, match=r"cannot write .*m\.ply"):
            write_map(disk / "m.ply", many, np.tile(LABELS, 50_000), classes=CLASSES, model="m", trained=True)
        assert [(path.name, path.read_bytes()) for path in disk.iterdir()] == [("m.ply", b"old")]

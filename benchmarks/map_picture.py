"""Makes docs/pictures/map.jpg: the demo's map from two places, by colour and by class.

`rgbd-live --view none --save-map demo.ply`, then `python benchmarks/map_picture.py demo.ply docs/pictures/map.jpg`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.mapping.library import load_open3d
from segmentation.classes import class_set

o3d = load_open3d("pictures of maps")
SIZE, ANGLE_DEG = (640, 480), 55.0


def main(source: Path, target: Path) -> None:
    header, body = source.read_bytes().split(b"end_header\n", 1)
    points, faces = (int(header.split(f"element {name} ".encode())[1].split(b"\n")[0]) for name in ("vertex", "face"))
    vertex = np.dtype([("xyz", "<f4", 3), ("normal", "<f4", 3), ("rgb", "u1", 3), ("label", "u1")])
    face = np.dtype([("count", "u1"), ("points", "<i4", 3)])
    mesh = np.frombuffer(body, vertex, points)
    triangles = np.frombuffer(body, face, faces, points * vertex.itemsize)["points"].astype(np.uint32)
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(o3d.core.Tensor(mesh["xyz"].copy()), o3d.core.Tensor(triangles))
    middle = np.median(mesh["xyz"], axis=0)
    eyes = [middle + np.array([0.3, -1.6, -4.2]), middle + np.array([3.6, -2.4, -2.0])]
    palette = class_set("sunrgbd37").colors
    rows = [
        np.hstack(
            [picture(scene, mesh, triangles, paint, eye, middle) for paint in (mesh["rgb"], palette[mesh["label"]])]
        )
        for eye in eyes
    ]
    Image.fromarray(np.vstack(rows)).save(target, quality=88)


def picture(
    scene: Any, mesh: NDArray[Any], triangles: NDArray[np.uint32], paint: NDArray[np.uint8], eye_m: Any, middle_m: Any
) -> NDArray[np.uint8]:
    """The mesh seen from eye_m, its points painted; walls that face away are not drawn."""
    rays = o3d.t.geometry.RaycastingScene.create_rays_pinhole(ANGLE_DEG, middle_m, eye_m, [0, 1, 0], *SIZE).numpy()
    image = np.full((SIZE[1] * SIZE[0], 3), 255.0)
    waiting, rays = np.arange(len(image)), rays.reshape(-1, 6).copy()
    for _ in range(6):  # go on through what is seen from behind
        hit = {name: value.numpy() for name, value in scene.cast_rays(o3d.core.Tensor(rays)).items()}
        met = np.isfinite(hit["t_hit"])
        waiting, rays, hit = waiting[met], rays[met], {name: value[met] for name, value in hit.items()}
        corners = triangles[hit["primitive_ids"]]
        u, v = hit["primitive_uvs"].T
        shares = np.stack([1 - u - v, u, v], axis=1)[..., None]
        normal = (mesh["normal"][corners] * shares).sum(axis=1)
        front = (normal * rays[:, 3:]).sum(axis=1) < 0
        shade = 0.55 + 0.45 * np.abs((normal * rays[:, 3:]).sum(axis=1) / np.linalg.norm(rays[:, 3:], axis=1))
        colors = (paint[corners] * shares).sum(axis=1) * shade[:, None]
        image[waiting[front]] = colors[front]
        waiting, rays = waiting[~front], rays[~front]
        rays[:, :3] += rays[:, 3:] * (hit["t_hit"][~front] + 1e-3)[:, None]
    return np.clip(image, 0, 255).astype(np.uint8).reshape(SIZE[1], SIZE[0], 3)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

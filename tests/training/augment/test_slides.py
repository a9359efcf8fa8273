from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from prepared_planes import camera_of, plane_depth, planes, rays

from segmentation.preprocess import ColorNormalisation, picked_nearest
from sensors.errors import MissingLibraryError
from sensors.geometry import CameraIntrinsics
from training.augment import build_augmentation, normalisation_of
from training.augment.frame import LabelledFrame

slides = pytest.importorskip("training.augment.slides", reason="albumentations is not installed")

CAMERA = replace(camera_of(160, 120), fx=150.0, fy=150.0)
GEOMETRY = [
    "RandomCrop", "HorizontalFlip", "VerticalFlip", "RandomScale", "Sequential", "OpticalDistortion", "GridDistortion",
    "Affine", "RandomRotate90",
]  # fmt: skip
PINHOLE = [0, 1, 2, 3, 7, 8]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def some_frame(camera: CameraIntrinsics = CAMERA) -> LabelledFrame:
    color, depth_mm, label = planes(camera, 0)
    return LabelledFrame(color, depth_mm.astype(np.float32) / 1000, label, camera)


def only(monkeypatch: pytest.MonkeyPatch, geometry: int | None = None) -> Any:
    """The augmentation with nothing but one item of the geometry, always applied, at the frame's own size."""
    chosen = [] if geometry is None else [slides.geometry_list(CAMERA.width, CAMERA.height)[geometry]]
    for transform in chosen:
        transform.p = 1
    monkeypatch.setattr(slides, "color_list", list)
    monkeypatch.setattr(slides, "dropout_list", list)
    monkeypatch.setattr(slides, "geometry_list", lambda *_: chosen)
    return slides.SlidesAugmentation((CAMERA.width, CAMERA.height))


def told(transforms: list[Any]) -> list[Any]:
    """Names and probabilities, nested as they are."""
    return [
        (type(t).__name__, t.p, told(t.transforms)) if isinstance(t, slides.A.BaseCompose) else (type(t).__name__, t.p)
        for t in transforms
    ]


def test_the_list_is_the_slides_list() -> None:
    assert told(slides.color_list()) == [
        ("RGBShift", 0.95),
        ("OneOf", 0.8, [("Blur", 0.5), ("ColorJitter", 0.8)]),
        ("CLAHE", 0.5),
        ("RandomBrightnessContrast", 0.6),
        ("OneOf", 0.4, [("GaussianBlur", 1)] * 3),
        ("RandomGamma", 0.6),
    ]
    assert told(slides.geometry_list(320, 240)) == [
        ("RandomCrop", 0.45),
        ("HorizontalFlip", 0.5),
        ("VerticalFlip", 0.2),
        ("RandomScale", 0.8),
        ("Sequential", 0.6, [("MovedCorners", 1), ("ElasticTransform", 1)]),
        ("OpticalDistortion", 0.3),
        ("GridDistortion", 0.4),
        ("Affine", 0.6),
        ("RandomRotate90", 0.25),
    ]
    assert told(slides.dropout_list()) == [("CoarseDropout", 0.3)]


def test_the_arguments_are_the_slides_arguments() -> None:
    shift, jitter, _, _, _, _ = slides.color_list()
    assert [shift.r_shift_limit, shift.g_shift_limit, shift.b_shift_limit] == [(-20, 20)] * 3
    assert jitter.transforms[0].blur_limit == (3, 3)
    assert jitter.transforms[1].hue == (-0.2, 0.2)
    crop, _, _, scale, elastic, optical, grid, turn, _ = slides.geometry_list(320, 240)
    assert (crop.width, crop.height) == (160, 120)
    assert scale.scale_limit == pytest.approx((-0.2, 0.2)) or scale.scale_limit == pytest.approx((0.8, 1.2))
    assert scale.mask_interpolation == cv2.INTER_NEAREST_EXACT  # plain nearest would be half a pixel beside the colours
    assert (elastic.transforms[0].reach_px, elastic.transforms[1].alpha, elastic.transforms[1].sigma) == (3.6, 32, 50)
    assert optical.distort_limit == (-0.05, 0.05)
    assert (grid.num_steps, grid.distort_limit, grid.normalized) == (2, (-0.2, 0.2), False)
    assert turn.rotate == (-45, 45)
    assert turn.scale["x"] == (0.9, 1.1)
    assert turn.translate_percent["x"] == (-0.0625, 0.0625)
    (dropout,) = slides.dropout_list()
    assert (dropout.num_holes_range, dropout.hole_height_range, dropout.fill_mask) == ((8, 8), (16, 16), None)


def test_the_normalisation_is_the_printed_one() -> None:
    assert normalisation_of("slides").mean == (0.485, 0.45, 0.406)
    assert normalisation_of("slides").std == (0.229, 0.224, 0.225)
    assert normalisation_of("strong").mean == ColorNormalisation().mean


def test_colour_transforms_leave_depth_and_labels_bit_identical(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slides, "geometry_list", lambda *_: [])
    augment, frame = slides.SlidesAugmentation((160, 120)), some_frame()
    changed = 0
    for seed in range(20):
        made = augment(frame, rng(seed))
        assert np.array_equal(made.depth_m, frame.depth_m)
        assert np.array_equal(made.label, frame.label)
        np.testing.assert_allclose(made.intrinsics.matrix, CAMERA.matrix, rtol=1e-5)
        changed += not np.array_equal(made.color, frame.color)
    assert changed >= 18


@pytest.mark.parametrize("item", range(len(GEOMETRY)), ids=GEOMETRY)
def test_depth_and_labels_are_picked_and_never_mixed(monkeypatch: pytest.MonkeyPatch, item: int) -> None:
    augment, frame = only(monkeypatch, item), some_frame()
    for seed in range(6):
        made = augment(frame, rng(seed))
        assert np.isin(made.depth_m, np.append(frame.depth_m, 0)).all()
        assert np.isin(made.label, np.append(frame.label, 0)).all()


@pytest.mark.parametrize("item", range(len(GEOMETRY)), ids=GEOMETRY)
def test_depth_labels_and_colours_move_together(monkeypatch: pytest.MonkeyPatch, item: int) -> None:
    # One blocky image three times: where its blocks end up must be the same in all three.
    blocks = np.kron(rng(1).integers(1, 5, (15, 20)), np.ones((8, 8))).astype(np.uint8)
    frame = LabelledFrame(np.repeat(blocks[..., None] * 50, 3, axis=2), blocks.astype(np.float32), blocks, CAMERA)
    augment = only(monkeypatch, item)
    for seed in range(4):
        made = augment(frame, rng(seed))
        np.testing.assert_array_equal(made.depth_m, made.label)
        # Off the edges of blocks and of the image, where colours are mixed.
        framed, square = cv2.copyMakeBorder(made.label, 3, 3, 3, 3, cv2.BORDER_CONSTANT), np.ones((5, 5), np.uint8)
        inner = (cv2.erode(framed, square) == cv2.dilate(framed, square))[3:-3, 3:-3] & (made.label > 0)
        assert inner.mean() > 0.1
        np.testing.assert_allclose(made.color[..., 0][inner], made.label[inner] * 50, atol=1)


@pytest.mark.parametrize("item", PINHOLE, ids=[GEOMETRY[i] for i in PINHOLE])
@pytest.mark.parametrize(("normal", "distance_m"), [((0.1, 0.05, 1.0), 3.0), ((-0.5, 0.3, 0.8), 2.0)])
def test_a_plane_stays_as_far_and_as_steep(
    monkeypatch: pytest.MonkeyPatch, item: int, normal: tuple[float, ...], distance_m: float
) -> None:
    normal = tuple(np.asarray(normal) / np.linalg.norm(normal))
    augment = only(monkeypatch, item)
    frame = replace(some_frame(), depth_m=plane_depth(CAMERA, normal, distance_m).astype(np.float32))
    for seed in range(4):
        made = augment(frame, rng(seed))
        inside = made.depth_m > 0
        points_m = (rays(made.intrinsics) * made.depth_m[..., None])[inside]
        # A turn about the image's middle is one about the optical axis and a shift of the principal point, so the
        # plane may turn about the axis: what stays is its distance and the angle to the axis.
        found = np.linalg.lstsq(points_m, np.ones(len(points_m)), rcond=None)[0]
        assert 1 / np.linalg.norm(found) == pytest.approx(distance_m, rel=0.004)
        assert found[2] / np.linalg.norm(found) == pytest.approx(normal[2], abs=0.004)


@pytest.mark.parametrize("item", range(len(GEOMETRY)), ids=GEOMETRY)
def test_where_there_is_no_pinhole_the_focal_length_is_the_average_scale(
    monkeypatch: pytest.MonkeyPatch, item: int
) -> None:
    augment = only(monkeypatch, item)
    for seed in range(4):
        camera = augment(some_frame(), rng(seed)).intrinsics
        zoom = 2 if item == 0 else 1
        quarter = 4 / 3 if item == 8 else 1
        for focal_px in (camera.fx, camera.fy):
            assert CAMERA.fx * zoom / quarter * 0.8 < focal_px < CAMERA.fx * zoom * quarter * 1.25


def test_moved_corners_move_by_no_more_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = slides.MovedCorners(3.6)
    reach = []
    for seed in range(50):
        moved.set_random_seed(seed)
        matrix = moved.get_params_dependent_on_data({"shape": (120, 160, 3)}, {})["matrix"]
        corners = np.array([[120, 100, 1], [120, 20, 1], [40, 20, 1]])
        reach.append(np.abs(corners @ matrix[:2].T - corners[:, :2]))
    assert np.max(reach) <= 3.6 + 1e-4
    assert np.mean(reach) == pytest.approx(1.8, abs=0.2)


def test_dropped_squares_are_black_in_colour_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slides, "color_list", list)
    monkeypatch.setattr(slides, "geometry_list", lambda *_: [])
    augment, frame = slides.SlidesAugmentation((160, 120)), replace(some_frame())
    frame = replace(frame, color=np.full_like(frame.color, 90))
    shares = [(augment(frame, rng(seed)).color == 0).mean() for seed in range(60)]
    assert 0.15 < np.mean(np.array(shares) > 0) < 0.45
    assert max(shares) <= 8 * 16 * 16 / (160 * 120)
    assert np.array_equal(augment(frame, rng(3)).depth_m, frame.depth_m)


def test_one_transforms_chance_does_not_decide_anothers() -> None:
    # Mirrored left to right and upside down at once: 0.5 x 0.2. Drawn from one number it would be 0.2.
    label = np.arange(1, 5, dtype=np.uint8).reshape(2, 2).repeat(60, axis=0).repeat(80, axis=1)
    frame = replace(some_frame(), label=label)
    flips = slides.SlidesAugmentation((160, 120))
    flips._geometry[160, 120] = slides._composed(
        slides.geometry_list(160, 120)[1:3], {"depth_m": "mask", "rays": "image"}
    )
    corners = np.array([flips(frame, rng(seed)).label[[0, 0, -1], [0, -1, 0]] for seed in range(300)])
    across, down = corners[:, 0] % 2 == 0, corners[:, 0] > 2
    assert abs(across.mean() - 0.5) < 0.09
    assert abs(down.mean() - 0.2) < 0.07
    assert abs((across & down).mean() - 0.1) < 0.05


@pytest.mark.parametrize("size", [(160, 120), (96, 54), (64, 48)])
def test_the_whole_repeats_itself_at_any_size_and_leaves_its_input_alone(size: tuple[int, int]) -> None:
    frame, before = some_frame(camera_of(*size)), some_frame(camera_of(*size))
    augment, fresh = build_augmentation("slides", (80, 60)), build_augmentation("slides", (80, 60))
    for seed in range(60):
        made = augment(frame, rng(seed))
        again = fresh(frame, rng(seed)) if seed == 59 else augment(frame, rng(seed))
        for name in ("color", "depth_m", "label"):
            assert np.array_equal(getattr(made, name), getattr(again, name))
            assert np.array_equal(getattr(frame, name), getattr(before, name))
        assert made.color.shape == (60, 80, 3)
        assert np.array_equal(made.intrinsics.matrix, again.intrinsics.matrix)


def test_depth_is_resized_as_live_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    augment, frame = only(monkeypatch), some_frame()
    augment.input_size = (64, 48)
    made = augment(frame, rng())
    np.testing.assert_array_equal(made.depth_m, picked_nearest(frame.depth_m, (64, 48)))
    np.testing.assert_allclose(made.intrinsics.matrix, CAMERA.resized(64, 48).matrix, rtol=1e-5)


def test_without_albumentations_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "training.augment.slides", None)
    with pytest.raises(MissingLibraryError, match=r"--recipe slides needs albumentations.*take --recipe strong"):
        build_augmentation("slides", (80, 60))
    assert build_augmentation("strong", (80, 60))


def test_albumentations_is_not_let_onto_the_network() -> None:
    code = (
        "import urllib.request, socket, json, warnings; warnings.simplefilter('error')\n"
        "def refuse(*_, **__): raise SystemExit('asked the network')\n"
        "urllib.request.OpenerDirector.open = refuse; socket.create_connection = refuse\n"
        "import training.augment.slides as s; s.SlidesAugmentation((32, 24)); print(json.dumps('quiet'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == "quiet"

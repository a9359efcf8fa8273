from __future__ import annotations

import numpy as np
import pytest
import torch

from segmentation.preprocess import ColorNormalisation, Preprocessor, picked_nearest


def frame(height: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    rng = np.random.default_rng(seed)
    depth_m = rng.uniform(0.3, 8, (height, width)).astype(np.float32)
    depth_m[rng.random((height, width)) < 0.2] = 0
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8), depth_m, (600.0, 610.0)


def test_the_networks_input_is_what_the_formula_says() -> None:
    color, depth_m, focal_px = frame(24, 32)
    made = Preprocessor((32, 24), ColorNormalisation((0.1, 0.2, 0.3), (0.5, 0.6, 0.7)))(color, depth_m, focal_px)
    expected = (color / 255 - (0.1, 0.2, 0.3)) / (0.5, 0.6, 0.7)
    np.testing.assert_allclose(made.color[0].permute(1, 2, 0).numpy(), expected, atol=1e-6)
    assert np.array_equal(made.depth_m[0, 0].numpy(), depth_m)
    assert made.focal_px.tolist() == [[600.0, 610.0]]
    assert {made.color.dtype, made.depth_m.dtype, made.focal_px.dtype} == {torch.float32}
    assert made.color.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(("height", "width"), [(480, 640), (720, 1280), (531, 681), (100, 90), (240, 320), (1, 1)])
def test_any_size_becomes_the_input_size_and_focal_lengths_follow_their_axis(height: int, width: int) -> None:
    made = Preprocessor((320, 240))(*frame(height, width))
    assert made.color.shape == (1, 3, 240, 320)
    assert made.depth_m.shape == (1, 1, 240, 320)
    expected = [[600.0 * 320 / width, 610.0 * 240 / height]]
    np.testing.assert_allclose(made.focal_px.numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(480, 640), (531, 681), (97, 91)])
def test_depth_is_picked_never_mixed(height: int, width: int) -> None:
    color, depth_m, focal_px = frame(height, width)
    made = Preprocessor((320, 240))(color, depth_m, focal_px).depth_m.numpy()
    assert np.isin(made, depth_m).all()
    assert abs((made == 0).mean() - (depth_m == 0).mean()) < 0.02


@pytest.mark.parametrize(("pixels", "picks"), [(9, 3), (8, 4), (4, 8), (7, 5), (5, 7), (640, 320), (681, 320)])
def test_a_picked_pixel_lies_under_the_centre(pixels: int, picks: int) -> None:
    picked = picked_nearest(np.arange(pixels)[None, :], (picks, 1))[0]
    centres = (np.arange(picks) + 0.5) * pixels / picks
    assert (np.abs(picked + 0.5 - centres) <= 0.5).all()


def test_colours_average_where_the_frame_shrinks() -> None:
    color = np.zeros((4, 4, 3), np.uint8)
    color[:, ::2] = 100
    made = Preprocessor((2, 2), ColorNormalisation((0, 0, 0), (1, 1, 1)))(
        color, np.ones((4, 4), np.float32), (5.0, 5.0)
    )
    np.testing.assert_allclose(made.color.numpy(), 50 / 255, rtol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1.0])
def test_nonsense_depth_counts_as_missing(value: float) -> None:
    color, depth_m, focal_px = frame(24, 32)
    clean = depth_m.copy()
    clean[3:9, 4:20] = 0
    depth_m[3:9, 4:20] = value
    preprocess = Preprocessor((16, 12))
    assert torch.equal(preprocess(color, depth_m, focal_px).depth_m, preprocess(color, clean, focal_px).depth_m)


def test_the_frame_is_left_as_it_was_and_two_calls_agree() -> None:
    color, depth_m, focal_px = frame(24, 32)
    before = color.copy(), depth_m.copy()
    preprocess = Preprocessor((32, 24))
    first, second = preprocess(color, depth_m, focal_px), preprocess(color, depth_m, focal_px)
    first.color.zero_()
    first.depth_m.zero_()
    assert np.array_equal(color, before[0])
    assert np.array_equal(depth_m, before[1])
    assert torch.equal(second.depth_m[0, 0], torch.from_numpy(depth_m))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"color": np.zeros((4, 4), np.uint8)}, r"color: expected \(H, W, 3\) uint8, got \(4, 4\) uint8"),
        ({"color": np.zeros((4, 4, 3), np.float32)}, "color: expected .* got .* float32"),
        ({"color": np.zeros((0, 4, 3), np.uint8)}, "color: expected"),
        ({"depth_m": np.zeros((4, 5), np.float32)}, r"depth_m: expected \(4, 4\) float32 .* got \(4, 5\) float32"),
        ({"depth_m": np.zeros((4, 4), np.uint16)}, "depth_m: expected .* got .* uint16"),
        ({"focal_px": (0.0, 5.0)}, "focal_px: expected"),
        ({"focal_px": (float("nan"), 5.0)}, "focal_px: expected"),
        ({"focal_px": (5.0,)}, "focal_px: expected"),
    ],
)
def test_what_is_no_frame_is_refused(change: dict, message: str) -> None:
    values = {"color": np.zeros((4, 4, 3), np.uint8), "depth_m": np.ones((4, 4), np.float32), "focal_px": (5.0, 5.0)}
    with pytest.raises(ValueError, match=message):
        Preprocessor((2, 2))(**{**values, **change})


@pytest.mark.parametrize("bad", [{"std": (1.0, 0.0, 1.0)}, {"mean": (1.0, float("nan"), 1.0)}, {"mean": (1.0, 1.0)}])
def test_a_normalisation_that_cannot_work_is_refused(bad: dict) -> None:
    with pytest.raises(ValueError, match=r"expected three|must be positive"):
        ColorNormalisation(**bad)

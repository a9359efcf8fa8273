from __future__ import annotations

import numpy as np
import pytest

from app import text as text_module
from app.depth_view import FAR_M, color_depth, has_depth
from app.legend import legend
from app.no_model import NoModel
from app.overlay import Overlay
from app.picture import overlay_picture
from app.text import draw_banner, fitted, text_width
from segmentation.result import Segmentation


@pytest.mark.parametrize("opacity", [0.0, 0.3, 0.5, 1.0])
def test_the_overlay_is_the_blend_of_picture_and_palette(result, opacity) -> None:
    frame, segmentation = result()
    expected = (1 - opacity) * frame.color + opacity * segmentation.classes.colors[segmentation.labels]
    blended = Overlay(opacity)(frame.color, segmentation)
    assert np.abs(blended - expected).max() <= 0.51


def test_the_overlay_does_not_touch_its_input_or_earlier_results(result) -> None:
    frame, segmentation = result()
    overlay, before = Overlay(), frame.color.copy()
    first = overlay(frame.color, segmentation)
    kept = first.copy()
    overlay(result(1)[0].color, result(1)[1])
    np.testing.assert_array_equal(frame.color, before)
    np.testing.assert_array_equal(first, kept)


def test_the_overlay_fills_what_it_is_given(result) -> None:
    frame, segmentation = result()
    out = np.zeros_like(frame.color)
    assert Overlay()(frame.color, segmentation, out) is out
    np.testing.assert_array_equal(out, Overlay()(frame.color, segmentation))


def test_without_a_model_the_overlay_is_the_picture(result) -> None:
    frame, _ = result()
    np.testing.assert_array_equal(
        Overlay()(frame.color, NoModel().predict(frame.color, frame.depth_m, (1, 1))), frame.color
    )


def test_untrained_and_missing_depth_show_in_every_picture(result) -> None:
    plain = overlay_picture(Overlay(), *result(trained=True))
    np.testing.assert_array_equal(plain, Overlay()(*_color_and_labels(result(trained=True))))
    untrained = overlay_picture(Overlay(), *result())
    no_depth = overlay_picture(Overlay(), *result(trained=True, empty_depth=True))
    both = overlay_picture(Overlay(), *result(empty_depth=True))
    assert (untrained != plain).any()
    assert (no_depth != plain).any()
    rows_untrained = np.flatnonzero((untrained != plain).any(axis=(1, 2)))
    rows_both = np.flatnonzero((both != plain).any(axis=(1, 2)))
    assert rows_both.max() > rows_untrained.max()  # the second banner is under the first


def _color_and_labels(pair):
    frame, segmentation = pair
    return frame.color, segmentation


def test_depth_colours_are_fixed_and_holes_are_black() -> None:
    depth_m = np.array([[0, 0.5, 3, FAR_M, 60]], np.float32)
    hole, near, middle, far, beyond = color_depth(depth_m)[0].astype(int)
    assert (hole == 0).all()
    assert near[0] > near[2]  # near is red
    assert far[2] > far[0]  # far is blue
    assert (far == beyond).all()
    assert len({tuple(color) for color in (near, middle, far)}) == 3
    assert has_depth(depth_m)
    assert not has_depth(np.zeros((4, 4), np.float32))


def test_the_legend_names_the_largest_classes_in_label_order(result) -> None:
    _, made = result()
    labels = np.zeros((40, 40), np.uint8)
    labels[:20], labels[20:30], labels[30:36] = 9, 3, 5
    entries = legend(Segmentation(labels, made.confidence, made.classes, True), limit=2)
    assert [entry.name for entry in entries] == [made.classes.names[3], made.classes.names[9]]
    assert [entry.share for entry in entries] == [0.25, 0.5]
    assert entries[0].color == tuple(made.classes.colors[3])


@pytest.mark.parametrize("width", [480, 682, 1016])
def test_a_long_banner_is_drawn_whole(width, monkeypatch) -> None:
    """Such as a camera's name and what happened to it."""
    drawn = []
    monkeypatch.setattr(text_module, "draw_text", lambda image, text, at, *, size, **_: drawn.append((text, size)))
    message = "Intel RealSense D435 (serial 012345678901) is lost: it was unplugged; waiting for it to come back"
    draw_banner(np.zeros((60, width, 3), np.uint8), message)
    assert drawn[0][0] == message
    assert text_width(*drawn[0]) <= width


@pytest.mark.parametrize("width", [0, 3, 10, 60, 200, 1000])
def test_a_text_that_is_too_long_keeps_its_beginning(width) -> None:
    text = "frame 24   12.3 frames/s   latency 46 ms"
    short = fitted(text, 13, width)
    assert text_width(short, 13) <= max(width, text_width("", 13))
    if short != text:
        assert text.startswith(short.removesuffix("…"))
        assert text_width(text, 13) > width

"""The window's picture: where things are, what it names, and that nothing is cut off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app import picture as picture_module
from app import scales as scales_module
from app.layout import AROUND, layout_for
from app.legend import legend
from app.look import IMAGE_KINDS, MISSING, Look, Painter
from app.names import Name, draw_names, find_names
from app.no_model import NoModel
from app.picture import Captions, compose, panels_of
from app.result import Pulse, Result
from app.text import text_width

CAPTIONS = Captions("title", "numbers", "status")
PANELS = ("colour", "classes", "depth")
PULSE = Pulse(12.0, 34.0)


@pytest.fixture
def shown(result) -> Result:
    return Result(*result(trained=True), PULSE)


def test_canvas_points_and_pixels_belong_together(shown) -> None:
    for room in (None, (1500, 700)):
        canvas, layout = compose(shown, Painter(Look()), CAPTIONS, room=room)
        assert canvas.shape[1::-1] == layout.canvas_size
        assert layout.panels == PANELS
        for pixel in ((0, 0), (63, 47), (10, 40)):
            assert [layout.pixel_at(x, y) for x, y in layout.canvas_points(pixel)] == [pixel] * 3
        assert layout.pixel_at(0, 0) is None
        assert layout.pixel_at(*layout.canvas_size) is None


@pytest.mark.parametrize("size", [(160, 120), (640, 480), (1280, 720), (480, 640), (720, 1280), (500, 500)])
def test_the_canvas_fits_a_small_screen(size) -> None:
    layout = layout_for(size, PANELS)
    assert layout.canvas_size[0] <= 1280
    assert layout.canvas_size[1] <= 720 - 40  # a title bar
    assert layout.size[0] / layout.size[1] == pytest.approx(size[0] / size[1], rel=0.01)


@pytest.mark.parametrize("frame_size", [(640, 480), (480, 640), (320, 240)])
@pytest.mark.parametrize("room", [(1920, 1000), (800, 900), (700, 400)])
def test_the_canvas_fills_its_room_and_nothing_reaches_out(frame_size, room) -> None:
    layout = layout_for(frame_size, PANELS, room)
    width, height = layout.canvas_size
    assert width / height == pytest.approx(room[0] / room[1], rel=0.01)
    assert min(width / room[0], height / room[1]) >= 1
    assert layout.lefts[0] >= 0
    assert layout.lefts[-1] + layout.size[0] <= width
    assert layout.size[1] + AROUND <= height
    enlarged = layout_for(frame_size, PANELS, (2 * width, 2 * height))
    assert enlarged.size[0] > 1.5 * layout.size[0]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (48, 64), (640, 360)])
def test_any_frame_can_be_shown(shown, height, width) -> None:
    frame, segmentation = shown.frame, shown.segmentation
    small = replace(
        frame,
        color=np.zeros((height, width, 3), np.uint8),
        depth_m=np.ones((height, width), np.float32),
        intrinsics=replace(frame.intrinsics, width=width, height=height),
    )
    labels = replace(
        segmentation, labels=np.ones((height, width), np.uint8), confidence=np.ones((height, width), np.float16)
    )
    for image in IMAGE_KINDS:
        canvas, layout = compose(Result(small, labels, PULSE), Painter(Look(image=image, names=True)), CAPTIONS)
        assert canvas.shape[1::-1] == layout.canvas_size


def test_without_a_model_there_is_the_depth_or_its_lack(shown) -> None:
    assert panels_of(Look(), with_model=False) == ("colour", "depth")
    assert panels_of(Look(image="no depth"), with_model=False) == ("colour", "no depth")
    assert panels_of(Look(image="depth"), with_model=True) == PANELS
    frame = shown.frame
    bare = Result(frame, NoModel().predict(frame.color, frame.depth_m, (1, 1)), PULSE)
    _, layout = compose(bare, Painter(Look(names=True)), CAPTIONS)
    assert layout.panels == ("colour", "depth")


@pytest.mark.parametrize("image", ["classes", "confidence", "entropy", "no depth"])
def test_the_middle_panel_is_what_the_painter_paints(shown, image) -> None:
    painter = Painter(Look(image=image))
    canvas, layout = compose(shown, painter, CAPTIONS)
    middle = canvas[layout.top : layout.top + layout.size[1], layout.lefts[1] : layout.lefts[1] + layout.size[0]]
    scale = layout.size[0] // 64
    np.testing.assert_array_equal(middle[scale // 2 :: scale, scale // 2 :: scale], painter.image(image, shown))


def record_texts(monkeypatch, *modules):
    drawn = []

    def draw_text(_, text, at, *, size=15, align="left", **__):
        width = text_width(text, size)
        left = at[0] - {"left": 0, "middle": width // 2, "right": width}[align]
        drawn.append((text, left, left + width, at[1]))

    for module in modules:
        monkeypatch.setattr(module, "draw_text", draw_text)
    return drawn


@pytest.mark.parametrize("image", ["classes", "confidence", "entropy", "no depth"])
@pytest.mark.parametrize("room", [(656, 306), None, (1272, 680)])
def test_no_text_is_cut_off_or_written_over_another(shown, monkeypatch, image, room) -> None:
    drawn = record_texts(monkeypatch, picture_module, scales_module)
    busy = Captions("a recording with a long name   ·   malleable-deresunet-lite", "numbers " * 14, "status " * 30)
    canvas, _ = compose(shown, Painter(Look(image=image)), busy, room=room)
    assert len(drawn) > 8
    for text, left, right, top in drawn:
        assert left >= 0, text
        assert right <= canvas.shape[1], text
        assert top < canvas.shape[0] - 12
    for index, (text, left, right, top) in enumerate(drawn):
        for other, other_left, other_right, other_top in drawn[index + 1 :]:
            apart = right <= other_left or other_right <= left or abs(top - other_top) > 6
            assert apart, (text, other)


def test_the_share_of_pixels_without_depth_is_told(shown, monkeypatch) -> None:
    drawn = record_texts(monkeypatch, picture_module, scales_module)
    canvas, _ = compose(shown, Painter(Look(image="no depth")), CAPTIONS)
    share = float((shown.frame.depth_m == 0).mean())
    assert any(text == f"{share:.0%} of the pixels" for text, *_ in drawn)
    assert (canvas[:60] == MISSING).all(axis=-1).any()


def test_a_hidden_class_is_grey_in_the_legend(shown) -> None:
    entry = max(legend(shown.segmentation), key=lambda each: each.share)
    for hidden, expected in ((set(), True), ({entry.label}, False)):
        canvas, layout = compose(shown, Painter(Look(hidden=hidden)), CAPTIONS)
        below = canvas[layout.top + layout.size[1] :]
        assert (below == entry.color).all(axis=-1).any() == expected


# Names


def areas(shown, *parts) -> Result:
    """(rows, columns, label) over wall."""
    labels = np.ones((240, 320), np.uint8)
    for rows, columns, label in parts:
        labels[rows, columns] = label
    segmentation = replace(shown.segmentation, labels=labels, confidence=np.ones(labels.shape, np.float16))
    return replace(shown, segmentation=segmentation)


def test_every_large_area_is_named_once_and_inside_itself(shown) -> None:
    made = areas(
        shown,
        (slice(20, 100), slice(20, 120), 5),
        (slice(120, 200), slice(200, 300), 5),
        (slice(0, 8), slice(300, 308), 7),
    )
    names = find_names(made.segmentation)
    chair = made.segmentation.classes.names[5]
    assert sorted(name.text for name in names) == sorted([chair, chair, "wall"])
    for name in names:
        x, y = (round(value) for value in name.at)
        assert made.segmentation.classes.names[made.segmentation.labels[y, x]] == name.text
        near = made.segmentation.labels[max(0, y - int(name.room_px) + 8) : y + int(name.room_px) - 8, x]
        assert (near == made.segmentation.labels[y, x]).all()


def test_hidden_classes_and_void_have_no_name(shown) -> None:
    made = areas(shown, (slice(20, 100), slice(20, 120), 5), (slice(120, 220), slice(20, 120), 0))
    names = find_names(made.segmentation, lambda label: label != 5)
    assert [name.text for name in names] == ["wall"]


def test_names_never_cover_each_other_and_stay_in_the_picture() -> None:
    names = [Name("wall", (50.0, 50.0), 40), Name("floor", (52.0, 51.0), 30), Name("ceiling", (99.0, 1.0), 20)]
    alone, both, corner = (np.full((100, 100, 3), 200, np.uint8) for _ in range(3))
    draw_names(alone, names[:1])
    draw_names(both, names[:2])
    np.testing.assert_array_equal(alone, both)
    draw_names(corner, names[2:])
    changed = (corner != 200).any(axis=-1)
    assert changed[:20, -text_width("ceiling", 12) :].any()
    nothing = np.full((100, 100, 3), 200, np.uint8)
    draw_names(nothing, [Name("pole", (50.0, 50.0), 3)])
    assert (nothing == 200).all()  # no room for it


def test_names_are_written_where_they_are_wanted(shown) -> None:
    made = areas(shown, (slice(20, 100), slice(20, 120), 5))
    frame = replace(
        made.frame,
        color=np.zeros((240, 320, 3), np.uint8),
        depth_m=np.ones((240, 320), np.float32),
        intrinsics=replace(made.frame.intrinsics, width=320, height=240),
    )
    made = replace(made, frame=frame)
    plain, layout = compose(made, Painter(Look()), CAPTIONS)
    named, _ = compose(made, Painter(Look(names=True)), CAPTIONS)
    changed = (plain != named).any(axis=(0, 2))
    assert changed[layout.lefts[1] : layout.lefts[1] + layout.size[0]].any()
    assert not changed[: layout.lefts[1]].any()
    assert not changed[layout.lefts[2] :].any()

"""The parts of the browser view that need no browser."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from app.cloud import CloudMaker
from app.look import Look, Painter
from app.query.pixel import DistanceAnswer, PixelAnswer, RunnerUp
from app.query.region import RegionAnswer
from app.result import Pulse
from app.viewers.draw_budget import DrawBudget
from app.viewers.shared.classes_seen import ClassesSeen, LegendRow
from app.viewers.shared.marks import greyed
from app.viewers.shared.picking import pick_pixel
from app.viewers.shared.thinning import thinned
from app.viewers.web.asking import Asking, share_of
from app.viewers.web.bindings import Bindings
from app.viewers.web.marks import draw_marks
from app.viewers.web.scene import MOST_POINTS, usual_stride
from app.viewers.web.spending import Spending
from app.viewers.web.words import Effort, answer_html, legend_html, pulse_html, status_html
from tests.support.web_view import BLIND, CAMERA, HEIGHT, LEFT, LEFT_M, RIGHT, RIGHT_M, WIDTH, two_halves

EYES = [(0.0, 0.0, 0.0), (0.3, -0.4, -0.5), (-0.6, 0.1, -0.2)]


def point_of(x: int, y: int) -> np.ndarray:
    depth_m = LEFT_M if x < WIDTH // 2 else RIGHT_M
    return depth_m * np.array([(x - CAMERA.cx) / CAMERA.fx, (y - CAMERA.cy) / CAMERA.fy, 1.0])


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("pixel", [(BLIND, 0), (60, 120), (100, 200), (300, 10), (WIDTH - 1, HEIGHT - 1)])
def test_a_click_on_a_point_means_its_pixel_from_wherever_one_looks(eye, pixel) -> None:
    origin_m = np.array(eye)
    direction = point_of(*pixel) - origin_m
    assert pick_pixel(two_halves().frame, origin_m, 3 * direction) == pixel


def test_what_is_in_front_is_meant_and_what_is_hidden_is_not() -> None:
    frame = two_halves().frame
    behind = point_of(200, 120)  # of the farther half
    eye_m = np.array([-3.0, 0.0, -0.5])  # from the far left, the nearer half is before it
    near = pick_pixel(frame, eye_m, behind - eye_m)
    assert near is not None
    assert near[0] < WIDTH // 2
    shown = np.zeros(frame.depth_m.shape, np.bool_)
    shown[:, WIDTH // 2 :] = True
    assert pick_pixel(frame, eye_m, behind - eye_m, shown) == (200, 120)


def test_a_click_beside_the_cloud_or_behind_the_eye_means_nothing() -> None:
    frame = two_halves().frame
    assert pick_pixel(frame, np.zeros(3), np.array([3.0, 0.0, 1.0])) is None
    assert pick_pixel(frame, np.zeros(3), np.array([0.0, 0.0, -1.0])) is None
    assert (
        pick_pixel(replace(frame, depth_m=np.zeros_like(frame.depth_m)), np.zeros(3), np.array([0.0, 0.0, 1.0])) is None
    )


def test_a_click_asks_for_the_point_and_the_answer_follows_the_frames() -> None:
    asking, result = Asking(), two_halves()
    assert asking.answer(result) is None
    asking.click((0.25, 0.5))
    told = asking.answer(result).told
    assert isinstance(told, PixelAnswer)
    assert (told.at, told.class_name) == ((80, 120), result.segmentation.classes.names[LEFT])
    moved = replace(result, segmentation=replace(result.segmentation, labels=result.segmentation.labels[:, ::-1]))
    assert asking.answer(moved).told.class_name == result.segmentation.classes.names[RIGHT]
    asking.forget()
    assert asking.answer(result) is None


def test_an_answer_survives_a_frame_of_another_size() -> None:
    asking, result = Asking(), two_halves()
    asking.click(share_of((WIDTH - 1, HEIGHT - 1), result))
    asking.asks = "region"
    small = thinned(result, 7)
    told = asking.answer(small).told
    assert told.at == (small.frame.depth_m.shape[1] - 1, small.frame.depth_m.shape[0] - 1)


def test_two_clicks_or_a_drag_measure_a_distance() -> None:
    asking, result = Asking(), two_halves()
    asking.asks = "distance"
    asking.click(share_of((40, 120), result))
    assert isinstance(asking.answer(result).told, PixelAnswer)
    asking.click(share_of((140, 120), result))
    answer = asking.answer(result)
    assert isinstance(answer.told, DistanceAnswer)
    assert answer.told.distance_m == pytest.approx(100 * LEFT_M / CAMERA.fx)
    assert answer.edges_m.shape == (1, 2, 3)
    asking.click(share_of((10, 10), result))  # the third begins anew
    assert isinstance(asking.answer(result).told, PixelAnswer)
    asking.asks = "point"
    asking.drag(share_of((40, 120), result), share_of((0, 0), result))
    blind = asking.answer(result)
    assert blind.told.distance_m is None
    assert blind.edges_m.shape == (0, 2, 3)
    assert len(blind.places_m) == 1


def test_a_region_has_a_box_in_the_cloud_and_an_outline_in_the_picture() -> None:
    asking, result = Asking(), two_halves()
    asking.asks = "region"
    asking.click((0.75, 0.5))
    answer = asking.answer(result)
    assert isinstance(answer.told, RegionAnswer)
    assert answer.edges_m.shape == (12, 2, 3)
    lengths_m = np.sort(np.linalg.norm(answer.edges_m[:, 0] - answer.edges_m[:, 1], axis=1)).reshape(3, 4)
    np.testing.assert_allclose(lengths_m, np.sort(answer.told.box.size_m)[:, None].repeat(4, 1), atol=1e-9)
    image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    marked = draw_marks(image, answer)
    assert (image == 90).all()
    rows, columns = np.nonzero((marked != 90).any(axis=-1))
    assert (columns >= WIDTH // 2 - 3).all()
    assert {0, HEIGHT - 1} <= set(rows)


def test_a_lost_camera_has_no_colours() -> None:
    grey = greyed(np.random.default_rng(0).integers(0, 256, (8, 9, 3)).astype(np.uint8))
    assert (grey == grey[..., :1]).all()
    assert grey.max() < 150


@pytest.mark.parametrize("stride", [1, 2, 3, 7])
def test_a_thinner_cloud_is_a_part_of_the_whole_one(stride) -> None:
    result = two_halves()
    whole, part = (CloudMaker()(some.frame, some.segmentation.labels) for some in (result, thinned(result, stride)))
    places = {tuple(place) for place in np.round(whole.points_m.astype(float), 4).tolist()}
    assert {tuple(place) for place in np.round(part.points_m.astype(float), 4).tolist()} <= places
    kept = result.frame.depth_m[::stride, ::stride]
    assert len(part) == np.count_nonzero(kept)


def test_a_stride_is_as_small_as_the_link_allows() -> None:
    for width, height in ((320, 240), (640, 480), (1280, 720), (848, 480), (1, 1)):
        stride = usual_stride(width, height)
        assert width * height <= MOST_POINTS * stride**2
        assert stride == 1 or width * height > MOST_POINTS * (stride - 1) ** 2


def test_classes_stay_listed_and_can_be_hidden_or_seen_alone() -> None:
    look, result = Look(), two_halves()
    seen, segmentation = ClassesSeen(look), result.segmentation
    assert [row.label for row in seen.rows(segmentation, segmentation.classes)] == [LEFT, RIGHT]
    only = replace(segmentation, labels=np.full_like(segmentation.labels, RIGHT))
    rows = seen.rows(only, segmentation.classes)
    assert [(row.label, row.share) for row in rows] == [(LEFT, 0.0), (RIGHT, 1.0)]
    look.toggle(LEFT)
    assert [row.is_shown for row in seen.rows(only, segmentation.classes)] == [False, True]
    look.toggle(LEFT)
    look.toggle_solo(RIGHT)
    assert [(row.is_shown, row.is_solo) for row in seen.rows(only, segmentation.classes)] == [
        (False, False),
        (True, True),
    ]
    look.toggle(LEFT)  # wanted again: all are
    assert look.shows_all
    look.toggle_solo(RIGHT)
    look.toggle_solo(RIGHT)
    assert look.shows_all
    look.toggle(LEFT)
    look.toggle_solo(RIGHT)
    look.toggle(LEFT)  # though it was hidden before
    assert look.shows_all
    assert seen.rows(replace(only, labels=np.zeros_like(only.labels)), segmentation.classes)[0].share == 0


def test_the_cloud_that_is_clicked_is_the_one_that_is_painted() -> None:
    look, result = Look(near_m=1.8, hidden={LEFT}), two_halves()
    painter = Painter(look)
    assert len(painter.cloud(result)) == np.count_nonzero(painter.in_cloud(result) & (result.frame.depth_m > 0))


def test_answers_in_words() -> None:
    pixel = PixelAnswer((3, 4), "chair", 0.713, 1.25, (0.1, -0.2, 1.25), RunnerUp("table", 0.2))
    told = answer_html(pixel)
    for part in ("chair 71%", "else table 20%", "1.25 m", "x +0.10, y -0.20, z 1.25 m", "pixel 3, 4"):
        assert part in told
    assert "no depth here" in answer_html(replace(pixel, depth_m=None, xyz_m=None))
    assert "no class" in answer_html(replace(pixel, class_name="void"))
    assert "1.234 m" in answer_html(DistanceAnswer((0, 0), (1, 1), (0, 0, 1), (0, 0, 2), 1.2341))
    assert "no depth at one end" in answer_html(DistanceAnswer((0, 0), (1, 1), (0, 0, 1), None, None))
    assert "no depth at both ends" in answer_html(DistanceAnswer((0, 0), (1, 1), None, None, None))
    nowhere = RegionAnswer((0, 0), "wall", np.ones((1, 1), np.bool_), 1, 0.5, 0.0, None, None, None)
    assert "1 pixels, none with depth" in answer_html(nowhere)


def test_what_comes_from_outside_is_escaped() -> None:
    evil = "<img src=x onerror=alert(1)>"
    row = LegendRow(1, evil, (1, 2, 3), 0.5, True, False)
    pulse = Pulse(1, 1, {evil: 1.0}, {evil: 3})
    texts = [
        status_html(evil, evil, pulse, [evil], untrained=True),
        legend_html([row]),
        pulse_html(pulse, Effort(1, 0.1)),
        answer_html(PixelAnswer((0, 0), evil, 1.0, None, None, RunnerUp(evil, 0.1))),
    ]
    assert not any("<img" in text for text in texts)


def test_untrained_is_said() -> None:
    assert "UNTRAINED" in status_html("t", "m", None, [], untrained=True)
    assert "UNTRAINED" not in status_html("t", "m", None, [], untrained=False)


def test_controls_follow_what_keys_change_and_set_what_people_do() -> None:
    class Box:
        """As viser's inputs: setting the value calls back with no client."""

        def __init__(self, value: bool) -> None:
            self._value, self.updates = value, []

        def on_update(self, update) -> None:
            self.updates.append(update)

        @property
        def value(self) -> bool:
            return self._value

        @value.setter
        def value(self, value: bool) -> None:
            self.set(value, None)

        def set(self, value: object, client_id: int | None) -> None:
            self._value = value
            for update in self.updates:
                asyncio.run(update(SimpleNamespace(client_id=client_id, target=self)))

    look, box, changes = Look(), Box(False), []
    bindings = Bindings(lambda: changes.append(look.names))
    bindings.bind(box, look, "names", lambda value: value in (True, False))
    box.set(True, 1)
    assert (look.names, changes) == (True, [True])
    bindings.follow()
    look.names = False
    bindings.follow()
    assert (box.value, changes) == (False, [True])  # following is nobody's doing
    box.set("nonsense", 1)
    assert look.names is False


def test_the_page_counts_what_the_sending_thread_spends() -> None:
    sent_s = [0.0]
    budget = DrawBudget(cores=2)
    spending = Spending(budget, lambda: sent_s[0])
    with spending.painting():
        sent_s[0] += 0.5
    assert budget.spent_s == pytest.approx(0.5, abs=0.1)
    assert not budget.is_due()
    time.sleep(0.1)
    assert spending.effort().share > 0

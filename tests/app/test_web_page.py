"""The browser view in a real Chromium without a screen: one browser and one page for all, put back between tests."""

from __future__ import annotations

import base64
import io
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("viser", reason="viser is not installed (extra: web)")

from app.controls import Controls
from app.look import Look
from app.palette import with_palette
from app.viewers.web.viewer import WebViewer
from sensors.source import SourceStatus
from tests.support.browser import Browser, Tab, find_chromium
from tests.support.web_view import LEFT, RIGHT, STREAMING, keep, served, two_halves, wait_until

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed")

PICTURE = "document.querySelector('img[src^=\"blob:\"]')"
CANVAS = "[...document.querySelectorAll('canvas')].sort((a, b) => b.width - a.width)[0]"
CLASSES = two_halves().segmentation.classes
FRAME_COUNT = 40


@pytest.fixture(scope="module")
def browser():
    with Browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory):
    """A view, its address, its controls, and a tab that shows it."""
    controls = Controls(frame_count=FRAME_COUNT, seekable=True)
    with served(tmp_path_factory.mktemp("view"), controls=controls) as (viewer, address):
        viewer.show(two_halves())
        tab = browser.new_tab(watches_workers=True)
        tab.open(address.url)
        wait_for_picture(tab)
        yield viewer, address, controls, tab
        tab.close()


@pytest.fixture
def page(opened) -> Tab:
    """The tab, showing two halves as at the beginning."""
    viewer, _, controls, tab = opened
    put_back(viewer, controls)
    open_tab(tab, "Classes")
    return tab


@pytest.fixture
def view(opened) -> WebViewer:
    return opened[0]


@pytest.fixture
def controls(opened) -> Controls:
    return opened[2]


def put_back(viewer: WebViewer, controls: Controls) -> None:
    look, usual = viewer._chosen.look, Look()
    for name in ("image", "cloud", "opacity", "palette", "hidden", "solo", "near_m", "far_m"):
        setattr(look, name, getattr(usual, name))
    viewer._chosen.asking.forget()
    controls.paused, controls.uses_depth = False, True
    controls.take_target()
    viewer.attend(STREAMING)
    viewer.show(two_halves())
    viewer._touch()


def wait_for_picture(tab: Tab) -> None:
    tab.until(f"{PICTURE}?.naturalWidth === 320")


def until_shown(tab: Tab, words: str) -> None:
    tab.until(f"document.body.innerText.includes({words!r})")


def canvas(tab: Tab) -> np.ndarray:
    """What is drawn of the cloud, (h, w, 3) at the page's own size."""
    url = tab.run(f"{CANVAS}.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"))


def is_near(image: np.ndarray, color: np.ndarray) -> np.ndarray:
    return np.abs(image.astype(int) - color.astype(int)).max(axis=-1) <= 3


def until_drawn(tab: Tab, color: np.ndarray) -> np.ndarray:
    """Wait until a good part of the canvas has a colour; the canvas then."""
    wait_until(lambda: is_near(canvas(tab), color).mean() > 0.1)
    return canvas(tab)


def middle_of(tab: Tab, element: str) -> tuple[float, float]:
    """Where an element, a JavaScript expression, is on the page, once it is there."""
    tab.until(f"!!({element})")
    x, y = tab.run(f"(b => [b.left + b.width / 2, b.top + b.height / 2])({element}.getBoundingClientRect())")
    return x, y


def in_picture(tab: Tab, x: float, y: float) -> tuple[float, float]:
    """Where a share of the picture's width and height is on the page."""
    left, top, width, height = tab.run(f"(b => [b.left, b.top, b.width, b.height])({PICTURE}.getBoundingClientRect())")
    return left + x * width, top + y * height


def open_tab(tab: Tab, name: str) -> None:
    tab.press(*middle_of(tab, f"[...document.querySelectorAll('[role=tab]')].find(e => e.innerText === {name!r})"))


def test_points_are_drawn_in_the_colours_of_their_classes(page, tmp_path) -> None:
    until_drawn(page, CLASSES.colors[LEFT])
    image = until_drawn(page, CLASSES.colors[RIGHT])
    middles = [np.median(np.nonzero(is_near(image, CLASSES.colors[label]))[1]) for label in (LEFT, RIGHT)]
    assert middles[0] < middles[1]  # not mirrored
    keep("web-desk.png", page.picture(), tmp_path)


def test_what_is_above_is_drawn_above(page, view) -> None:
    whole = two_halves()
    labels = np.full_like(whole.segmentation.labels, LEFT)
    labels[120:] = RIGHT
    view.show(replace(whole, segmentation=replace(whole.segmentation, labels=labels)))

    def is_above() -> bool:
        image = canvas(page)
        rows = [np.nonzero(is_near(image, CLASSES.colors[label]))[0] for label in (LEFT, RIGHT)]
        return all(map(len, rows)) and bool(np.median(rows[0]) < np.percentile(rows[1], 5))

    wait_until(is_above)


def test_everything_comes_from_the_program_itself(page, opened) -> None:
    url = opened[1].url
    own = (url, url.replace("http:", "ws:").rstrip("/"), "blob:", "data:")
    assert [asked for asked in page.requests if not asked.startswith(own)] == []
    assert any(asked.startswith("ws:") for asked in page.requests)  # those of the page's worker are seen too
    assert set(page.statuses.values()) == {200}


def test_a_click_on_the_picture_is_answered(page, tmp_path) -> None:
    page.press(*in_picture(page, 0.25, 0.5))
    until_shown(page, f"{CLASSES.names[LEFT]} 75%")
    until_shown(page, "1.50 m")
    page.press(*in_picture(page, 0.75, 0.5))
    until_shown(page, f"{CLASSES.names[RIGHT]} 50%")
    until_shown(page, "2.00 m")
    keep("web-click.png", page.picture(), tmp_path)
    page.press(*in_picture(page, 0.01, 0.5))
    until_shown(page, "no depth here")
    page.press(*in_picture(page, 0.5, 0.5), button="right")
    until_shown(page, "Click on the picture")


def test_a_drag_on_the_picture_measures(page, tmp_path) -> None:
    page.press(*in_picture(page, 0.2, 0.5), to=in_picture(page, 0.4, 0.5))
    until_shown(page, "apart")
    metres = float(page.run("/([\\d.]+) m\\s+apart/.exec(document.body.innerText)[1]"))
    assert metres == pytest.approx(64 * 1.5 / 280, abs=2 * 1.5 / 280)  # a pixel of the page is about one of the frame
    keep("web-distance.png", page.picture(), tmp_path)


def test_a_click_with_shift_asks_for_the_whole_thing(page) -> None:
    page.press(*in_picture(page, 0.75, 0.5), shift=True)
    until_shown(page, "50% on average")
    page.press(*in_picture(page, 0.75, 0.5))
    until_shown(page, "2.00 m deep")


@pytest.mark.parametrize("label", [RIGHT, LEFT])
def test_a_click_on_the_cloud_is_answered(page, label) -> None:
    image = until_drawn(page, CLASSES.colors[label])
    rows, columns = np.nonzero(is_near(image, CLASSES.colors[label]))
    left, top = page.run(f"(b => [b.left, b.top])({CANVAS}.getBoundingClientRect())")
    page.press(left + int(np.median(columns)), top + int(np.median(rows)))
    until_shown(page, f"{CLASSES.names[label]} {75 if label == LEFT else 50}%\n")


def test_a_slider_moves_the_opacity(page, view) -> None:
    open_tab(page, "Look")
    sliders = "[...document.querySelectorAll('[role=slider]')]"
    thumb = middle_of(page, f"{sliders}.find(e => e.ariaValueMax === '1' && e.getBoundingClientRect().width)")
    page.press(*thumb, to=(thumb[0] + 40, thumb[1]))
    wait_until(lambda: view._chosen.look.opacity > Look().opacity + 0.1)


def test_a_class_is_hidden_and_shown_alone_by_its_row(page, view) -> None:
    look, row = view._chosen.look, f"document.querySelector('[data-label=\"{LEFT}\"]')"
    page.press(*middle_of(page, f"{row}.querySelector('input')"))
    wait_until(lambda: look.hidden == {LEFT})
    page.until(f"!{row}.querySelector('input').checked")
    wait_until(lambda: is_near(canvas(page), CLASSES.colors[LEFT]).mean() < 0.001)
    page.press(*middle_of(page, f"{row}.querySelector('.rgbd-solo')"))
    wait_until(lambda: look.solo == LEFT)
    wait_until(lambda: is_near(canvas(page), CLASSES.colors[RIGHT]).mean() < 0.001)


def test_the_keys_pause_step_and_take_the_depth_away(page, controls) -> None:
    page.key(" ")
    wait_until(lambda: controls.paused)
    until_shown(page, "paused")
    page.key("n")
    wait_until(lambda: controls.may_go(0))
    page.key("d")
    wait_until(lambda: not controls.uses_depth)
    until_shown(page, "labels without depth")


def test_the_position_of_a_recording_is_sought_by_hand_and_follows_by_itself(page, view, controls) -> None:
    view.show(two_halves(9))
    slider = "document.querySelector('[role=slider]')"
    page.until(f"{slider}.ariaValueNow === '9'")
    assert not controls.is_seeking  # following is not seeking
    thumb = middle_of(page, slider)
    page.press(*thumb, to=(thumb[0] + 60, thumb[1]))
    wait_until(lambda: controls.is_seeking)
    assert controls.take_target() > 9


def test_how_things_stand_is_told(page, view, tmp_path) -> None:
    for words in ("two halves", "a <model>", "12.5 frames/s", "latency 40 ms"):
        until_shown(page, words)
    open_tab(page, "Time")
    for words in ("inference", "30.0 ms", "7 overwritten", "updates/s"):
        until_shown(page, words)
    view.show(two_halves(1, trained=False))
    until_shown(page, "UNTRAINED")
    view.attend(SourceStatus("lost", "the camera is lost", time.monotonic() - 5))
    page.until("/the picture is [5-9] s old/.test(document.body.innerText)")
    keep("web-lost.png", page.picture(), tmp_path)
    view.attend(STREAMING)
    page.until("!document.body.innerText.includes('camera is lost')")


def test_frames_without_points_and_of_another_size_are_shown(page, view) -> None:
    whole = two_halves()
    view.show(replace(whole, frame=replace(whole.frame, depth_m=np.zeros_like(whole.frame.depth_m))))
    until_shown(page, "no depth")
    part, frame, labels = np.s_[:100, :200], whole.frame, whole.segmentation
    camera = replace(frame.intrinsics, width=200, height=100)
    smaller = replace(frame, color=frame.color[part], depth_m=frame.depth_m[part], intrinsics=camera)
    labels = replace(labels, labels=labels.labels[part], confidence=labels.confidence[part])
    view.show(replace(whole, frame=smaller, segmentation=labels))
    page.until(f"{PICTURE}.naturalWidth === 200")
    assert view.attend(STREAMING)


def test_the_second_palette_reaches_the_cloud(page, view) -> None:
    view._chosen.look.palette = "colour-blind"
    view._touch()
    until_drawn(page, with_palette(CLASSES, "colour-blind").colors[LEFT])


def test_another_page_of_the_browser_cannot_look(browser, page, opened, tmp_path) -> None:
    viewer, address, controls, _ = opened
    before = len(viewer._server.viser.get_clients())
    with served(tmp_path) as (_, elsewhere):  # the same machine, another port: another origin
        tab = browser.new_tab(320, 240)
        tab.call("Page.setBypassCSP", enabled=True)  # as on a page that means harm
        tab.open(elsewhere.url + "view.js")
        tab.until("location.pathname === '/view.js' && document.readyState === 'complete'")
        tries = (
            f"new WebSocket('{address.url.replace('http:', 'ws:')}', ['viser-v1.1.1']).onopen = () => window.isIn = 1",
            f"fetch('{address.url}do/pause', {{headers: {{'X-Rgbd-Live': '1'}}}}).then(() => window.isIn = 1, () => 0)",
            f"fetch('{address.url}do/pause', {{mode: 'no-cors'}}).then(() => window.isIn = 1, () => window.isOut = 1)",
            f"document.body.append(Object.assign(new Image(), {{src: '{address.url}do/pause'}}))",
            f"document.body.append(Object.assign(document.createElement('iframe'), {{src: '{address.url}'}}))",
        )
        for attempt in tries:
            tab.run(f"{attempt}, 0")
        tab.until("window.isOut === 1")
        time.sleep(1.0)
        assert tab.run("window.isIn") is None
        assert not controls.paused
        assert len(viewer._server.viser.get_clients()) == before  # the page in the frame does not look either
        tab.close()


def test_with_a_token_the_page_opens_once_it_was_shown(browser, tmp_path) -> None:
    with served(tmp_path, token="the-right-token") as (viewer, address):
        viewer.show(two_halves())
        tab = browser.new_tab(640, 480)
        tab.open(address.url)
        until_shown(tab, "the token is missing or old")
        tab.open(address.url + "?token=the-right-token")
        wait_for_picture(tab)
        assert tab.run("location.href") == address.url  # not left in the address, nor in the history
        assert tab.run("document.cookie") == ""
        tab.call("Page.reload")
        tab.until("performance.getEntriesByType('navigation')[0]?.type === 'reload'")
        wait_for_picture(tab)
        tab.close()


def test_a_phone_can_use_it(browser, opened, tmp_path) -> None:
    tab = browser.new_tab(390, 844)
    tab.open(opened[1].url)
    tab.until(f"{PICTURE}?.naturalWidth > 0")
    assert tab.run("document.documentElement.scrollWidth") <= 390
    tab.until(f"{PICTURE}.getBoundingClientRect().width > 300")
    keep("web-phone.png", tab.picture(), tmp_path)
    tab.close()


def test_browsers_come_and_go_and_come_in_tens(browser, opened) -> None:
    viewer, address, _, tab = opened
    more = [browser.new_tab(200, 150) for _ in range(9)]  # small: they are drawn without a GPU
    for another in more:
        another.open(address.url)
    wait_until(lambda: viewer._server._visitors == 10, timeout_s=60)
    for another in more[:2]:
        another.call("Page.bringToFront")
        wait_for_picture(another)
    for another in more:
        another.close()
    tab.call("Page.bringToFront")
    tab.open("about:blank")
    wait_until(lambda: viewer._server._visitors == 0)
    tab.open(address.url)
    viewer.show(two_halves(1))
    wait_for_picture(tab)
    assert viewer.attend(STREAMING)

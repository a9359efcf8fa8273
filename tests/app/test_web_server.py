"""The browser view's server, asked by programs that are no browsers."""

from __future__ import annotations

import contextlib
import json
import logging
import signal
import socket
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("viser", reason="viser is not installed (extra: web)")

from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.cloud import PointCloud
from app.controls import Controls
from app.options import LiveOptions
from app.viewers.choose import choose_viewer
from app.viewers.context import ViewContext
from app.viewers.web import address as address_module
from app.viewers.web import limits
from app.viewers.web import scene as scene_module
from app.viewers.web.address import open_address
from app.viewers.web.open import open_web_viewer
from console.errors import DisplayError, UsageError
from console.exit_codes import ExitCode, exit_code_of
from sensors.errors import MissingLibraryError
from sensors.source import SourceStatus
from tests.support.web_view import STREAMING, command, get, say_hello, served, two_halves, visit, wait_until

TOKEN = "the-right-token"


def context() -> ViewContext:
    return ViewContext(title="t", model="m", controls=Controls())


def test_the_page_is_served_with_what_holds_it_to_its_origin(tmp_path) -> None:
    with served(tmp_path) as (_, address):
        status, headers, body = get(address, "/")
        assert status == 200
        assert len(body) > 100_000
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert f"connect-src 'self' ws://127.0.0.1:{address.port} " in policy
        assert "unsafe-eval'" not in policy.replace("'wasm-unsafe-eval'", "")
        statuses = {"/view.js": 200, "/view.css": 200, "/../view.js": 404, "/nothing": 404, "//": 404, "/do/": 403}
        assert {path: get(address, path)[0] for path in statuses} == statuses


def test_a_token_is_checked_on_every_request_and_kept_as_a_cookie(tmp_path) -> None:
    with served(tmp_path, token=TOKEN) as (_, address):
        for target in ("/", "/view.js", "/?token=wrong", "/do/pause"):
            status, headers, body = get(address, target, X_Rgbd_Live="1")
            assert (status, "set-cookie" in headers) == (403, False), target
            assert TOKEN.encode() not in body
        status, headers, _ = get(address, f"/?token={TOKEN}")
        assert (status, headers["location"]) == (303, "/")
        cookie, *attributes = headers["set-cookie"].split("; ")
        assert {"HttpOnly", "SameSite=Lax"} <= set(attributes)
        assert get(address, "/", Cookie=cookie)[0] == 200
        assert get(address, "/", Cookie=cookie + "x")[0] == 403


def test_a_token_is_checked_when_a_websocket_opens(tmp_path) -> None:
    with served(tmp_path, token=TOKEN) as (viewer, address):
        for target, headers in (
            ("/", {}),
            ("/?token=wrong", {}),
            ("/", {"Cookie": f"rgbd_live_{address.port}=wrong"}),
            (f"/?token={TOKEN}", {"Origin": "http://attacker.example"}),
        ):
            with pytest.raises(InvalidStatus) as refused:
                visit(address, target, additional_headers=headers)
            assert refused.value.response.status_code == 403
        with visit(address, "/", additional_headers={"Cookie": f"rgbd_live_{address.port}={TOKEN}"}) as visitor:
            say_hello(visitor)
            wait_until(lambda: len(viewer._server.viser.get_clients()) == 1)


def test_no_other_page_of_a_browser_gets_in(tmp_path) -> None:
    with served(tmp_path) as (_, address):
        for origin in ("http://attacker.example", "http://localhost:3000", "null"):
            with pytest.raises(InvalidStatus) as refused:
                visit(address, origin=origin)
            assert refused.value.response.status_code == 403
        assert get(address, "/", Host=f"attacker.example:{address.port}")[0] == 403
        assert get(address, "/view.js", Sec_Fetch_Site="cross-site")[0] == 403
        with visit(address, origin=f"http://127.0.0.1:{address.port}") as visitor:
            assert visitor.recv(timeout=10)


def test_commands_want_the_header_that_no_other_page_can_send(tmp_path) -> None:
    controls = Controls()
    with served(tmp_path, controls=controls) as (_, address):
        assert get(address, "/do/pause")[0] == 403
        assert not controls.paused
        assert command(address, "pause") == 200
        assert controls.paused


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("nonsense", {}), ("click", {}), ("click", {"x": 1, "y": 0}), ("click", {"x": "nan", "y": 0}), ("", {}),
        ("click", {"x": -0.1, "y": 0}), ("toggle", {"label": 0}), ("toggle", {"label": 256}), ("solo", {"label": "x"}),
        ("drag", {"x": 0, "y": 0}),
    ],
)  # fmt: skip
def test_commands_that_make_no_sense_are_refused(tmp_path, name, arguments) -> None:
    with served(tmp_path) as (viewer, address):
        assert command(address, name, **arguments) == 400
        assert viewer.attend(STREAMING)


def test_an_address_that_leads_the_page_elsewhere_is_forgotten(tmp_path) -> None:
    with served(tmp_path) as (_, address):
        status, headers, _ = get(address, "/?websocket=ws://attacker.example")
        assert (status, headers["location"]) == (303, "/")


def test_nobody_can_publish_the_view_by_visers_tunnel(tmp_path, monkeypatch) -> None:
    import msgspec
    import viser

    asked = []
    monkeypatch.setattr(viser.ViserServer, "request_share_url", lambda self: asked.append(self))
    with served(tmp_path) as (viewer, address), visit(address) as visitor:
        say_hello(visitor)
        visitor.send(msgspec.msgpack.encode({"type": "ShareUrlRequest"}))
        wait_until(lambda: len(viewer._server.viser.get_clients()) == 1)
        time.sleep(0.2)
        assert asked == []


def handle_of(viewer, label):
    """A control of the page and the id that browsers call it by."""
    handles = viewer._server.viser.gui._gui_input_handle_from_uuid
    return next((uuid, handle) for uuid, handle in handles.items() if getattr(handle, "label", "") == label)


def test_a_visitor_sets_a_controls_value_and_nothing_else_of_it(tmp_path) -> None:
    import msgspec

    with served(tmp_path) as (viewer, address), visit(address) as visitor:
        say_hello(visitor)
        viewer.show(two_halves())
        uuid, _ = handle_of(viewer, "Opacity")
        for updates in ({"gui_api": "x", "update_cb": 5}, {"value": 0.25, "update_cb": []}, {}, 3, {"value": 0.75}):
            visitor.send(msgspec.msgpack.encode({"type": "GuiUpdateMessage", "uuid": uuid, "updates": updates}))
        wait_until(lambda: viewer._chosen.look.opacity == 0.75)
        viewer._chosen.look.opacity = 0.5  # by a key, say: the control has to follow
        viewer._touch()
        wait_until(lambda: handle_of(viewer, "Opacity")[1].value == 0.5)
        assert viewer.attend(STREAMING)


@pytest.mark.parametrize("reach", [[1.0], [float("nan"), float("nan")], [3.0, 1.0], [-1.0, 5.0], [0.0, 1e9], [2, 3, 4]])
def test_a_range_that_was_not_offered_is_not_taken(tmp_path, reach) -> None:
    import msgspec

    with served(tmp_path) as (viewer, address), visit(address) as visitor:
        say_hello(visitor)
        look, ranges, handled = viewer._chosen.look, [], threading.Event()
        uuid, handle = handle_of(viewer, "Range (m)")

        @handle.on_update
        async def _(_event) -> None:  # after the page's own, which may have raised
            ranges.append((look.near_m, look.far_m))
            handled.set()

        visitor.send(msgspec.msgpack.encode({"type": "GuiUpdateMessage", "uuid": uuid, "updates": {"value": reach}}))
        assert handled.wait(10)
        assert ranges == [(0.0, float("inf"))]
        visitor.send(msgspec.msgpack.encode({"type": "GuiUpdateMessage", "uuid": uuid, "updates": {"value": [2, 10]}}))
        wait_until(lambda: (look.near_m, look.far_m) == (2.0, float("inf")))


def test_what_strangers_and_visitors_send_is_no_news_on_the_terminal(tmp_path, caplog, capfd) -> None:
    import gc

    import msgspec

    def ask_raw(address, request: bytes) -> None:
        with socket.create_connection(("127.0.0.1", address.port), timeout=10) as stranger:
            stranger.sendall(request)
            stranger.shutdown(socket.SHUT_WR)
            while stranger.recv(1 << 16):
                pass

    with served(tmp_path) as (viewer, address):
        host = f"Host: 127.0.0.1:{address.port}\r\n".encode()
        for request in (
            b"", b"\x16\x03\x01\x02\x00\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + 2 * host + b"\r\n",
            2 * (b"GET / HTTP/1.1\r\n" + host + b"\r\n"),
            b"GET / HTTP/1.1\r\n" + host + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        ):  # fmt: skip
            with contextlib.suppress(ConnectionError):
                ask_raw(address, request)
        uuid, _ = handle_of(viewer, "Opacity")
        for message in (
            "text", b"\x00\x01garbage", msgspec.msgpack.encode({"type": "Nope"}), msgspec.msgpack.encode({"a": 1}),
            msgspec.msgpack.encode([1]), b"\x81\x90\x01",
            msgspec.msgpack.encode({"type": "ViewerCameraMessage", "fov": 1}),
            msgspec.msgpack.encode({"type": "GuiUpdateMessage", "uuid": uuid, "updates": {"value": "x"}}),
            bytes(1 << 17),
        ):  # fmt: skip
            with visit(address) as visitor, contextlib.suppress(ConnectionClosed):
                say_hello(visitor)
                visitor.send(message)
        wait_until(lambda: viewer._server._visitors == 0)
        gc.collect()
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG] == []
    assert capfd.readouterr() == ("", "")


def test_strangers_leave_files_for_the_program(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST_CONNECTIONS", 4)
    with served(tmp_path, token=TOKEN) as (_, address), contextlib.ExitStack() as strangers:
        for _ in range(4):
            strangers.enter_context(socket.create_connection(("127.0.0.1", address.port), timeout=10))
        one_more = strangers.enter_context(socket.create_connection(("127.0.0.1", address.port), timeout=10))
        with contextlib.suppress(ConnectionResetError):
            assert one_more.recv(1) == b""
        strangers.close()
        wait_until(lambda: _status_of(address) == 403)


def _status_of(address) -> int | None:
    try:
        return get(address, "/")[0]
    except OSError:
        return None


def test_a_viser_that_cannot_be_guarded_is_not_used(tmp_path, monkeypatch) -> None:
    import viser

    class Unguarded:
        def __init__(self, **_: object) -> None:
            self.stopped = False

        def stop(self) -> None:
            stopped.append(self)

    stopped: list[Unguarded] = []
    monkeypatch.setattr(viser, "ViserServer", Unguarded)
    with pytest.raises(DisplayError, match="does not let its visitors be checked"):
        open_web_viewer(LiveOptions(view="web", port=0), context())
    assert len(stopped) == 1


@pytest.mark.parametrize(
    ("name", "of", "before", "after"),
    [
        ("pause", "paused", False, True), ("loop", "loops", False, True), ("depth", "uses_depth", True, False),
        ("smooth", "smooth", False, True), ("names", "names", False, True), ("view", "image", "classes", "depth"),
        ("colours", "palette", "standard", "colour-blind"), ("stronger", "opacity", 0.5, 0.6),
        ("weaker", "opacity", 0.5, 0.4),
    ],
)  # fmt: skip
def test_keys_do_what_they_do_in_the_window(tmp_path, name, of, before, after) -> None:
    controls = Controls()
    with served(tmp_path, controls=controls) as (viewer, address):
        owner = controls if hasattr(controls, of) else viewer._chosen.look
        assert getattr(owner, of) == before
        assert command(address, name) == 200
        assert getattr(owner, of) == after


def test_the_map_is_shown_in_place_of_the_frame_once_there_is_one(tmp_path) -> None:
    class Map:
        is_on, made = False, None

        def snapshot(self):
            return self.made

    toggle = Map()
    with served(tmp_path, map_toggle=toggle) as (viewer, address), visit(address) as visitor:
        scene = viewer._desk._scene
        say_hello(visitor)
        viewer._chosen.wishes.shows_map = True
        viewer.show(two_halves())
        wait_until(lambda: len(scene._cloud.points) > 0)  # the frame, as long as there is no map
        assert not scene._map.visible
        many = scene_module.MAP_POINTS + 1
        toggle.made = PointCloud(
            np.ones((many, 3), np.float32), np.full((many, 3), 7, np.uint8), np.ones(many, np.uint8)
        )
        viewer.show(two_halves(1))
        wait_until(lambda: scene._map.visible and not scene._cloud.visible)
        assert 0 < len(scene._map.points) <= scene_module.MAP_POINTS
        assert viewer.attend(STREAMING)


def test_nothing_is_painted_while_nobody_looks_and_the_newest_when_somebody_comes(tmp_path) -> None:
    with served(tmp_path) as (viewer, address):
        painted = []
        paint = viewer._desk.paint
        viewer._desk.paint = lambda result, **more: (painted.append(result.frame.index), paint(result, **more))
        for index in range(5):
            viewer.show(two_halves(index))
        time.sleep(0.5)
        assert painted == []
        with visit(address) as visitor:
            say_hello(visitor)
            wait_until(lambda: bool(painted))
            assert painted[0] == 4
        assert viewer.attend(STREAMING)


def test_a_visitor_who_takes_nothing_delays_nobody_and_is_sent_away(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(limits, "STALLED_S", 1.0)
    monkeypatch.setattr(limits, "WATCH_S", 0.1)
    with served(tmp_path) as (viewer, address), visit(address) as visitor:
        say_hello(visitor)
        viewer._chosen.wishes.density = "every pixel"
        stalled = socket.socket()
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect(("127.0.0.1", address.port))
        stalled.send(
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{address.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {visitor.subprotocol}\r\n\r\n".encode()
        )
        wait_until(lambda: viewer._server._visitors == 2)
        received = []
        threading.Thread(target=lambda: received.extend(_all_of(visitor)), daemon=True).start()
        index = 0
        deadline_s = time.monotonic() + 15
        while viewer._server._visitors == 2 and time.monotonic() < deadline_s:
            result = two_halves(index)
            noise = np.random.default_rng(index).normal(0, 0.01, result.frame.depth_m.shape).astype(np.float32)
            viewer.show(replace(result, frame=replace(result.frame, depth_m=result.frame.depth_m + noise)))
            index += 1
            time.sleep(0.02)
        assert viewer._server._visitors == 1
        assert sum(map(len, received)) > 1_000_000  # the other one got everything in the meantime
        stalled.close()


def _all_of(visitor):
    try:
        yield from visitor
    except ConnectionClosed:
        return


def test_there_is_room_for_so_many_visitors(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST_VISITORS", 2)
    with served(tmp_path) as (_, address), visit(address) as first, visit(address) as second:
        assert first.recv(timeout=10)
        assert second.recv(timeout=10)
        with visit(address) as third, pytest.raises(ConnectionClosed) as closed:
            third.recv(timeout=10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013


def test_what_painting_raises_is_raised_to_whoever_attends(tmp_path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a defect")

    with served(tmp_path) as (viewer, address), visit(address) as visitor:
        viewer._desk.paint = fail
        say_hello(visitor)
        viewer.show(two_halves())
        wait_until(lambda: viewer._error is not None)
        with pytest.raises(ZeroDivisionError):
            viewer.attend(STREAMING)


def test_a_picture_and_an_answer_that_raise_are_told_once_and_the_rest_goes_on(tmp_path, monkeypatch, capsys) -> None:
    with served(tmp_path) as (viewer, address), visit(address) as visitor:
        desk = viewer._desk
        real = desk._pictures.image
        monkeypatch.setattr(
            desk._pictures, "image", lambda kind, result: 1 / 0 if kind == "depth" else real(kind, result)
        )
        monkeypatch.setattr("app.viewers.web.asking.query_pixel", lambda *_: 1 / 0)
        viewer._chosen.asking.click((0.5, 0.5))
        say_hello(visitor)
        for index in range(2):
            viewer.show(two_halves(index))
            wait_until(lambda: viewer._painted is not None and viewer._painted.frame.index == index)  # noqa: B023
        assert viewer.attend(STREAMING)
        assert len(desk._scene._cloud.points) > 0
    said = capsys.readouterr().err
    assert said.count("the depth panel cannot be drawn") == 1
    assert said.count("what was clicked cannot be answered") == 1


def test_who_wants_to_see_the_map_has_it_built(tmp_path) -> None:
    import msgspec

    class Map:
        is_on = False

        def snapshot(self):
            return None

    toggle = Map()
    with served(tmp_path, map_toggle=toggle) as (viewer, address), visit(address) as visitor:
        say_hello(visitor)
        uuid, _ = handle_of(viewer, "Show the map in place of the frame")
        for on in (True, False):
            visitor.send(msgspec.msgpack.encode({"type": "GuiUpdateMessage", "uuid": uuid, "updates": {"value": on}}))
            wait_until(lambda: viewer._chosen.wishes.shows_map == on)  # noqa: B023
            assert toggle.is_on  # hiding it does not forget it


def test_saving_from_the_page_writes_what_the_window_writes(tmp_path) -> None:
    with served(tmp_path) as (viewer, address), visit(address) as visitor:
        say_hello(visitor)
        viewer.show(two_halves())
        viewer._want_save()
        folder = tmp_path / "saves"
        wait_until(lambda: folder.exists() and len(list(folder.iterdir())) == 3)
        wait_until(lambda: any("saved" in state for state in viewer._states()))
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        folder.write_text("in the way")
        viewer._want_save()
        wait_until(lambda: any(str(folder) in state and "saved" not in state for state in viewer._states()))
        assert viewer.attend(STREAMING)


def test_what_is_saved_is_what_is_seen_though_newer_results_wait(tmp_path, monkeypatch) -> None:
    with served(tmp_path) as (viewer, address), visit(address) as visitor:
        say_hello(visitor)
        viewer.show(two_halves(3))
        wait_until(lambda: viewer._painted is not None)
        monkeypatch.setattr(viewer._spending.budget, "is_due", lambda **_: False)
        viewer.show(two_halves(4))
        viewer._want_save()
        wait_until(lambda: any("saved" in state for state in viewer._states()))
    assert {file.stem.split("-")[2] for file in (tmp_path / "saves").iterdir()} == {"000003"}


def test_states_are_told_in_words(tmp_path) -> None:
    controls = Controls()
    with served(tmp_path, controls=controls) as (viewer, _):
        assert viewer._states() == ["waiting for the first frame"]
        empty = two_halves()
        viewer.show(replace(empty, frame=replace(empty.frame, depth_m=np.zeros_like(empty.frame.depth_m))))
        controls.paused, controls.uses_depth = True, False
        assert viewer._states() == ["no depth", "paused", "labels without depth"]
        viewer.attend(SourceStatus("lost", "the camera is lost", time.monotonic() - 12))
        assert viewer._states()[0] == "the camera is lost: the picture is 12 s old"


def test_the_usual_port_or_the_next_is_taken_where_none_is_asked_for(monkeypatch) -> None:
    taken = open_address("127.0.0.1", 0)
    monkeypatch.setattr(address_module, "DEFAULT_PORT", taken.port)
    other = open_address("127.0.0.1", None)
    assert other.port != taken.port
    for address in (taken, other):
        address.listener.close()


def test_a_port_that_is_taken_ends_the_program_in_one_line(tmp_path, capsys) -> None:
    taken = open_address("127.0.0.1", 0)
    options = LiveOptions(view="web", port=taken.port)
    with pytest.raises(DisplayError, match=f"port {taken.port} is taken") as refused:
        choose_viewer(options, None, context())
    assert exit_code_of(refused.value) == ExitCode.CANNOT
    with_files = LiveOptions(view="web", port=taken.port, stats=tmp_path / "s.json")
    assert choose_viewer(with_files, None, context()).name == "none"  # what is to be written is written all the same
    assert f"port {taken.port} is taken" in capsys.readouterr().err
    taken.listener.close()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_a_host_that_is_not_ours_is_wrong_usage(host) -> None:
    with pytest.raises(UsageError, match=f"--host {host}: this machine has no such address"):
        open_address(host, 0)


def test_without_viser_the_extra_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "viser", None)
    with pytest.raises(MissingLibraryError, match=r"rgbd-live\[web\]") as refused:
        choose_viewer(LiveOptions(view="web", port=0), None, context())
    assert exit_code_of(refused.value) == ExitCode.CANNOT


def test_ctrl_c_ends_it_clean_while_somebody_looks(start_program) -> None:
    child = start_program("--view", "web", "--port", 0, "--model", "none", "--loop")
    line = child.stderr.readline()
    port = int(line.split("127.0.0.1:")[1].split("/")[0])
    with visit(port) as visitor:
        say_hello(visitor)
        for _ in range(5):
            assert visitor.recv(timeout=20)
        child.send_signal(signal.SIGINT)
        out, errors = child.communicate(timeout=30)
    assert child.returncode == ExitCode.INTERRUPTED
    assert out == ""
    assert "Traceback" not in errors
    assert "viser" not in errors
    with socket.socket() as again:
        assert again.connect_ex(("127.0.0.1", port)) != 0


def test_a_recording_that_ends_ends_the_view(run_program, tmp_path) -> None:
    stats = tmp_path / "s.json"
    code, out, errors = run_program(
        "--view", "web", "--port", 0, "--model", "none", "--max-frames", 3, "--stats", stats
    )
    assert (code, out) == (0, "")
    assert "Traceback" not in errors
    assert json.loads(stats.read_text())["view"] == "web"


def test_the_address_is_told_and_what_it_exposes(capsys) -> None:
    viewer = open_web_viewer(LiveOptions(view="web", port=0), context())
    viewer.close()
    told = capsys.readouterr()
    assert told.out == ""
    assert "http://127.0.0.1:" in told.err
    assert "token" not in told.err
    viewer = open_web_viewer(LiveOptions(view="web", port=0, host="0.0.0.0", allow_remote=True), context())
    viewer.close()
    told = capsys.readouterr()
    first, second = told.err.splitlines()
    assert "?token=" in first
    assert "can watch the camera" in second
    assert "Nothing is encrypted" in second
    assert told.out == ""

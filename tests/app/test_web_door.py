from __future__ import annotations

import pytest

from app.viewers.web.door import Door, host_name, new_token

TOKEN = "a-token_of-some-length"
OPEN, GUARDED = Door(token=None), Door(token=TOKEN, cookie="seat")
LOCAL = {"Host": "localhost:8080"}
COOKIE = {"Host": "robot:8080", "Cookie": f"other=1; seat={TOKEN}"}
SOCKET = {"Upgrade": "websocket"}
LINKED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize(
    ("target", "headers", "kind"),
    [
        ("/", LOCAL, "enter"),
        ("/", {"Host": "127.0.0.1:9000"}, "enter"),  # another port: the end of a tunnel
        ("/", {"Host": "[::1]:8080"}, "enter"),
        ("/", {"Host": "LOCALHOST"}, "enter"),
        ("/", {}, "refuse"),
        ("/", {"Host": "attacker.example:8080"}, "refuse"),  # a name that was bound to this machine
        ("/", {"Host": "localhost.attacker.example"}, "refuse"),
        ("/", {"Host": "127.0.0.1@attacker.example"}, "refuse"),
        ("/", {"Host": "[::1"}, "refuse"),
        ("/", {**LOCAL, **SOCKET, "Origin": "http://localhost:8080"}, "enter"),
        ("/", {**LOCAL, **SOCKET, "Origin": "http://attacker.example"}, "refuse"),
        ("/", {**LOCAL, **SOCKET, "Origin": "http://localhost:3000"}, "refuse"),
        ("/", {**LOCAL, **SOCKET, "Origin": "http://127.0.0.1:8080"}, "refuse"),
        ("/", {**LOCAL, **SOCKET, "Origin": "null"}, "refuse"),
        ("/", {**LOCAL, **SOCKET, "Origin": ""}, "refuse"),
        ("/", {**LOCAL, **SOCKET, "Origin": "http://[::1"}, "refuse"),
        ("/do/pause", {**LOCAL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, "refuse"),
        ("/do/pause", {**LOCAL, "Sec-Fetch-Site": "same-site"}, "refuse"),
        ("/do/pause", {**LOCAL, **LINKED}, "refuse"),
        ("/do/pause", {**LOCAL, "Sec-Fetch-Site": "same-origin"}, "enter"),
        ("/", {**LOCAL, **LINKED}, "enter"),
        ("/", {**LOCAL, **LINKED, "Sec-Fetch-Dest": "iframe"}, "refuse"),
        ("/?websocket=ws://attacker.example", LOCAL, "forget"),
        ("/?token=anything", LOCAL, "forget"),
    ],
)
def test_on_its_own_machine_everyone_may_enter_but_no_other_page(target, headers, kind) -> None:
    assert OPEN.judge(target, headers).kind == kind


@pytest.mark.parametrize(
    ("target", "headers", "kind"),
    [
        ("/", {"Host": "robot:8080"}, "refuse"),
        ("/view.js", {"Host": "robot:8080"}, "refuse"),
        ("/", {"Host": "robot:8080", **SOCKET}, "refuse"),
        ("/", {"Host": "robot:8080", **SOCKET, "Origin": "http://robot:8080"}, "refuse"),
        ("/?token=wrong", {"Host": "robot:8080"}, "refuse"),
        ("/?token=", {"Host": "robot:8080"}, "refuse"),
        (f"/?token={TOKEN}x", {"Host": "robot:8080"}, "refuse"),
        (f"/?token={TOKEN[:-1]}", {"Host": "robot:8080"}, "refuse"),
        ("/?token=%C3%A9%ff", {"Host": "robot:8080"}, "refuse"),
        (f"/?token=wrong&token={TOKEN}", {"Host": "robot:8080"}, "refuse"),
        ("/?token=wrong", COOKIE, "refuse"),
        (f"/?token={TOKEN}", {"Host": "robot:8080"}, "welcome"),
        (f"/?websocket=ws://attacker.example&token={TOKEN}", {"Host": "robot:8080"}, "welcome"),
        (f"/?token={TOKEN}", {"Host": "robot:8080", **SOCKET}, "enter"),
        (f"/?token={TOKEN}", {"Host": "robot:8080", **SOCKET, "Origin": "http://attacker.example"}, "refuse"),
        ("/", COOKIE, "enter"),
        ("/", {**COOKIE, **SOCKET, "Origin": "http://robot:8080"}, "enter"),
        ("/", {**COOKIE, **SOCKET, "Origin": "http://robot:8081"}, "refuse"),
        ("/?websocket=ws://attacker.example", COOKIE, "forget"),
        ("/do/pause", COOKIE, "enter"),
        ("/", {"Host": "robot:8080", "Cookie": "seat=wrong"}, "refuse"),
        ("/", {"Host": "robot:8080", "Cookie": f"seatx={TOKEN}"}, "refuse"),
        ("/", {"Host": "robot:8080", "Cookie": ";;=;\x00"}, "refuse"),
    ],
)
def test_from_elsewhere_only_the_token_opens(target, headers, kind) -> None:
    verdict = GUARDED.judge(target, headers)
    assert verdict.kind == kind
    assert TOKEN not in verdict.reason


def test_every_token_is_another_and_long() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 40


@pytest.mark.parametrize(("host", "name"), [("A.b:1", "a.b"), ("[::1]:2", "::1"), ("", ""), ("[", "")])
def test_a_host_is_read_without_its_port(host, name) -> None:
    assert host_name(host) == name

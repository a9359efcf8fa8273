"""What is answered to each request of a browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.viewers.web.door import Door, Verdict
from app.viewers.web.page import safety_headers, web_files

COMMANDS = "/do/"
OWN_HEADER = "X-Rgbd-Live"  # no other site's page may send it here without asking first, and nobody says yes to that

Command = Callable[[str, Mapping[str, str]], bool]


class Replies:
    """Answers the requests that the door lets in. on_command: name and arguments -> whether they made sense.

    It is called on the server's thread, so must be quick. Raises DisplayError where viser's page is not as we know it.
    """

    def __init__(self, door: Door, title: str, on_command: Command) -> None:
        self._door, self._on_command = door, on_command
        self._files = web_files(title)

    def reply(self, _connection: Any, request: Any) -> Any:
        """The response, or None to let a websocket open; as websockets' process_request."""
        from websockets.datastructures import MultipleValuesError

        try:
            verdict = self._door.judge(request.path, request.headers)
            response = self._respond(verdict, request.path, request.headers)
        except (MultipleValuesError, ValueError):  # a header twice, a path that is none
            return _text(HTTPStatus.BAD_REQUEST, "bad request")
        if response is not None:
            response.headers.update(safety_headers(request.headers.get("Host", "")))
        return response

    def _respond(self, verdict: Verdict, target: str, headers: Mapping[str, str]) -> Any:
        url = urlsplit(target)
        if verdict.kind == "refuse":
            return _text(HTTPStatus.FORBIDDEN, verdict.reason)
        if verdict.kind in ("forget", "welcome"):
            return self._to_bare_page(gives_cookie=verdict.kind == "welcome")
        if headers.get("Upgrade", "").lower() == "websocket":
            return None if url.path == "/" else _text(HTTPStatus.NOT_FOUND, "not found")
        if url.path.startswith(COMMANDS):
            return self._obey(url.path.removeprefix(COMMANDS), dict(parse_qsl(url.query)), headers)
        file = self._files.get(url.path)
        if file is None:
            return _text(HTTPStatus.NOT_FOUND, "not found")
        return _response(HTTPStatus.OK, file.body, {"Content-Type": file.kind, "Content-Encoding": "gzip"})

    def _to_bare_page(self, *, gives_cookie: bool) -> Any:
        headers = {"Location": "/"}
        if gives_cookie:
            headers["Set-Cookie"] = f"{self._door.cookie}={self._door.token}; Path=/; HttpOnly; SameSite=Lax"
        return _response(HTTPStatus.SEE_OTHER, b"", headers)

    def _obey(self, name: str, arguments: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        """Do what our page's script asks."""
        if OWN_HEADER not in headers:
            return _text(HTTPStatus.FORBIDDEN, "only for the page's own script")
        try:
            is_done = self._on_command(name, arguments)
        except (KeyError, ValueError):
            is_done = False
        status = HTTPStatus.OK if is_done else HTTPStatus.BAD_REQUEST
        return _response(status, json.dumps(is_done).encode(), {"Content-Type": "application/json"})


def _text(status: HTTPStatus, text: str) -> Any:
    return _response(status, f"rgbd-live: {text}\n".encode(), {"Content-Type": "text/plain; charset=utf-8"})


def _response(status: HTTPStatus, body: bytes, headers: Mapping[str, str]) -> Any:
    from websockets.datastructures import Headers
    from websockets.http11 import Response

    whole = Headers({**headers, "Content-Length": str(len(body)), "Connection": "close"})
    return Response(int(status), status.phrase, whole, body)

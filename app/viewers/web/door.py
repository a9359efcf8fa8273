"""Who may come in: one decision for every request, made before anything else looks at it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from app.options import LOOPBACK

_ELSEWHERE = ("cross-site", "same-site")  # another port of this machine is the same site, and no friend for that
_PAGE = "/"


def new_token() -> str:
    """A token that nobody guesses: 256 random bits."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Verdict:
    """enter: let in. forget: send to the bare page, as what the address carries is not wanted there.

    welcome: has just shown the token, so may keep it as a cookie. reason: why not let in, for a person.
    """

    kind: Literal["enter", "forget", "welcome", "refuse"]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """token: what a visitor must show, by ?token= or a cookie; None: whoever reaches a loopback address may come in.

    Either way no other page of a visitor's browser may: its requests carry another Origin, another site's
    Sec-Fetch-Site, or, where a name was rebound to this machine, a Host that is not ours.
    """

    token: str | None
    cookie: str = "rgbd_live"

    def judge(self, target: str, headers: Mapping[str, str]) -> Verdict:
        """Decide about a GET of `target` (path and query), a websocket's opening included."""
        host = headers.get("Host", "")
        if self.token is None and host_name(host) not in LOOPBACK:
            return Verdict("refuse", "this address serves only its own machine, by the name localhost or 127.0.0.1")
        if not _is_ours(headers.get("Origin"), host) or _comes_from_elsewhere(target, headers):
            return Verdict("refuse", "the request comes from another page")
        return self._judge_token(target, headers)

    def _judge_token(self, target: str, headers: Mapping[str, str]) -> Verdict:
        url = urlsplit(target)
        shown = parse_qs(url.query).get("token", [None])[0]
        is_page = url.path == _PAGE and headers.get("Upgrade", "").lower() != "websocket"
        if self.token is None or not self._fits(shown):
            if self.token is not None and (shown is not None or not self._fits(self._kept(headers))):
                return Verdict("refuse", "open the whole address that the program printed: the token is missing or old")
            # viser's page would follow an address like ?websocket=ws://elsewhere, and do what is said there.
            return Verdict("forget" if is_page and url.query else "enter")
        return Verdict("welcome" if is_page else "enter")

    def _fits(self, shown: str | None) -> bool:
        return shown is not None and self.token is not None and hmac.compare_digest(shown.encode(), self.token.encode())

    def _kept(self, headers: Mapping[str, str]) -> str | None:
        try:
            cookies = SimpleCookie(headers.get("Cookie", ""))
        except CookieError:
            return None
        return cookies[self.cookie].value if self.cookie in cookies else None


def host_name(host: str) -> str:
    """The name in a Host header, lower case, without port and brackets; "" where there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_ours(origin: str | None, host: str) -> bool:
    """Whether a page at `origin` was served under `host`; programs that are no browser send no Origin."""
    return origin is None or (bool(host) and _host_of(origin) == host.lower())


def _host_of(origin: str) -> str:
    """The host and port of an origin, lower case; "" where it has none, as "null"."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _comes_from_elsewhere(target: str, headers: Mapping[str, str]) -> bool:
    """Whether another site's page asks for this; that it links to our page is fine."""
    if headers.get("Sec-Fetch-Site") not in _ELSEWHERE:
        return False
    is_link = (headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest")) == ("navigate", "document")
    return not (is_link and urlsplit(target).path == _PAGE)

"""The files of the page: viser's client with our name, style and clicks put in, and nothing from anywhere else."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from html import escape
from pathlib import Path

from console.errors import DisplayError

_HERE = Path(__file__).parent
# unsafe-inline and wasm-unsafe-eval: viser's client is one page that unpacks itself. All else must come from here,
# whoever writes what the page shows.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data: blob:; worker-src 'self' blob: data:;"
    " connect-src 'self' ws://{host} wss://{host} data: blob:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file as it is sent; body: compressed with gzip, which every browser reads."""

    kind: str
    body: bytes


def web_files(title: str) -> dict[str, WebFile]:
    """What a browser may ask for, by path. Raises DisplayError where viser's client is not as we know it."""
    return {
        "/": WebFile("text/html; charset=utf-8", gzip.compress(_page(title).encode(), 6)),
        "/view.js": WebFile("text/javascript; charset=utf-8", _packed("view.js")),
        "/view.css": WebFile("text/css; charset=utf-8", _packed("view.css")),
    }


def safety_headers(host: str) -> dict[str, str]:
    """Headers that hold the page to its own origin; host: the request's Host header, already judged."""
    return {
        "Content-Security-Policy": _POLICY.format(host="".join(c for c in host if c.isalnum() or c in ".-:[]")),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _packed(name: str) -> bytes:
    return gzip.compress((_HERE / name).read_bytes(), 6)


def _page(title: str) -> str:
    import viser

    page = (Path(viser.__file__).parent / "client" / "build" / "index.html").read_text("utf-8")
    named = page.replace("<title>Viser</title>", f"<title>{escape(title)}</title>", 1)
    head, end, rest = named.partition("</head>")
    if named == page or not end:
        raise DisplayError(
            f"--view web: the page of viser {viser.__version__} is not one that this version can work with"
        )
    return f'{head}<link rel="stylesheet" href="/view.css"><script src="/view.js" defer></script>{end}{rest}'

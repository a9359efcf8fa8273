"""All pictures and tables of an evaluation on one page that needs no other file."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from typing import Any

from training.evaluate.report import tables

STYLE = """body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 95em; color: #222 }
img { max-width: 100%; display: block; margin: 1em 0 2em } table { border-collapse: collapse; margin: 1em 0 2em }
td, th { padding: 2px 12px; border-bottom: 1px solid #ddd; text-align: right }
td:first-child, th:first-child { text-align: left }"""


def page(document: dict[str, Any], pictures: Mapping[str, bytes]) -> bytes:
    """document: of evaluation.json. pictures: PNG bytes by file name."""
    heading = html.escape(f"{document['model']} on {document['dataset']}, {document['split']}")
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{heading}</title><style>{STYLE}</style>',
        f"<h1>{heading}</h1>",
        *(f"<p>{html.escape(line)}</p>" for line in tables.about(document)),
        _table(*tables.headline_rows(document)),
        *(_picture(name, content) for name, content in pictures.items()),
        _table(*tables.class_rows(document)),
        _table(*tables.camera_rows(document)),
        "</html>",
    ]
    return "\n".join(parts).encode()


def _table(head: tables.Row, rows: list[tables.Row]) -> str:
    first = _line("th", head)
    return f"<table>{first}{''.join(_line('td', row) for row in rows)}</table>"


def _line(tag: str, cells: tables.Row) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _picture(name: str, content: bytes) -> str:
    return f'<img alt="{html.escape(name)}" src="data:image/png;base64,{base64.b64encode(content).decode()}">'

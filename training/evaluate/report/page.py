"""evaluation.html: tables and pictures on one page that needs no other file."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from typing import Any

from training.evaluate.report.about import about, title
from training.evaluate.report.sections import Section, sections
from training.evaluate.report.tables import Row, Table

STYLE = """body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; padding: 0 1.5em; max-width: 92em }
h2 { margin: 2em 0 0.4em; border-bottom: 2px solid #ddd } p { max-width: 62em; margin: 0.4em 0 }
img { max-width: 100%; display: block; margin: 1em 0 2em } table { border-collapse: collapse; margin: 1em 0 }
td, th { padding: 2px 12px; border-bottom: 1px solid #ddd; text-align: right; font-variant-numeric: tabular-nums }
th { vertical-align: bottom; font-weight: 600 } td:first-child, th:first-child { text-align: left }"""


def page(document: dict[str, Any], pictures: Mapping[str, bytes]) -> bytes:
    """document: of evaluation.json. pictures: PNG bytes by file name."""
    heading = html.escape(title(document))
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{heading}</title><style>{STYLE}</style>',
        f"<h1>{heading}</h1>",
        *(f"<p>{html.escape(line)}</p>" for line in about(document)),
        *(_section(section, pictures) for section in sections(document)),
        "</html>",
    ]
    return "\n".join(parts).encode()


def _section(section: Section, pictures: Mapping[str, bytes]) -> str:
    parts = [
        f"<h2>{html.escape(section.heading)}</h2>",
        *([f"<p>{html.escape(section.text)}</p>"] if section.text else []),
        *(_table(table) for table in section.tables),
        *(_picture(name, pictures[name]) for name in section.pictures if name in pictures),
    ]
    return "\n".join(parts)


def _table(table: Table) -> str:
    first = _line("th", table.head)
    return f"<table>{first}{''.join(_line('td', row) for row in table.rows)}</table>"


def _line(tag: str, cells: Row) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _picture(name: str, content: bytes) -> str:
    return f'<img alt="{html.escape(name)}" src="data:image/png;base64,{base64.b64encode(content).decode()}">'

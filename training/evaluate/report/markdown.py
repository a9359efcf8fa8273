"""evaluation.md."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from training.evaluate.report.about import about, title
from training.evaluate.report.sections import Section, sections
from training.evaluate.report.tables import table


def evaluation_markdown(document: dict[str, Any], pictures: Collection[str]) -> str:
    """The whole report from what evaluation.json holds. pictures: the names of those that lie beside it."""
    parts = [f"# {title(document)}", *about(document)]
    for section in sections(document):
        parts += _section(section, pictures)
    return "\n\n".join(parts) + "\n"


def _section(section: Section, pictures: Collection[str]) -> list[str]:
    return [
        f"## {section.heading}",
        *([section.text] if section.text else []),
        *(table(*rows) for rows in section.tables),
        *(f"![{name.removesuffix('.png')}]({name})" for name in section.pictures if name in pictures),
    ]

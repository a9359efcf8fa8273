"""The report's files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from console.atomic import write_whole
from training.evaluate.report.document import as_json
from training.evaluate.report.markdown import evaluation_markdown
from training.evaluate.report.page import page


def write_report(folder: Path, document: dict[str, Any], pictures: Mapping[str, bytes]) -> None:
    """Write the whole report; evaluation.json, which programs read, last. Raises OutputError."""
    for name, content in pictures.items():
        write_whole(folder / name, content)
    write_whole(folder / "evaluation.html", page(document, pictures))
    write_whole(folder / "evaluation.md", evaluation_markdown(document, pictures).encode())
    write_whole(folder / "evaluation.json", as_json(document))

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.interrupt import Interrupt
from training.evaluate import EvaluateOptions, run

DOCS = Path(__file__).resolve().parents[3] / "docs" / "training.md"


def keys(value: Any) -> Iterator[str]:
    """Every key at any depth, but those that are names of cameras."""
    if isinstance(value, list):
        for entry in value:
            yield from keys(entry)
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield key
            yield from keys(list(entry.values()) if key == "per_camera" else entry)


@pytest.mark.usefixtures("no_pictures")
def test_the_docs_describe_every_field_of_an_evaluation(options: dict) -> None:
    run(EvaluateOptions(**options, multi_scale=True, limit=1), Interrupt())
    written = set(keys(json.loads((options["out"] / "evaluation.json").read_text())))
    assert {"miou", "depth_ranges", "from_m", "scales"} <= written
    section = DOCS.read_text().partition("| Field of `evaluation.json`")[2].partition("\n\n")[0]
    assert written - set(re.findall(r"`(\w+)`", section)) == set()


def test_the_docs_describe_every_file_of_a_report(reported: dict) -> None:
    section = DOCS.read_text().partition("| File | What it holds |")[2].partition("\n\n")[0]
    assert {path.name for path in reported["out"].iterdir()} == set(re.findall(r"`([\w.]+)`", section))

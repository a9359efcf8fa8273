"""`rgbd-live bench` as the benchmarks run it: on so many cores, on this source; what it wrote comes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def bench(*arguments: object, cores: Sequence[int] | None = None) -> dict[str, Any]:
    """The document of a bench with these arguments. cores: the only ones it may use, None for all."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "bench.json")
        done = subprocess.run(
            [sys.executable, "-m", "app.main", "bench", *map(str, arguments), "--out", str(out)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            preexec_fn=None if cores is None else _tie(cores),
        )
        if done.returncode:
            sys.exit(done.returncode)  # it has said why
        return json.loads(out.read_text())


def _tie(cores: Sequence[int]) -> Callable[[], None]:
    return lambda: os.sched_setaffinity(0, cores)


def measured(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The cases that ran; of the others the reasons are printed."""
    for case in document["cases"]:
        if case["refused"] is not None:
            print(f"{case['engine']}, {case['model']}: {case['refused']}")
    return [case for case in document["cases"] if case["runs"]]

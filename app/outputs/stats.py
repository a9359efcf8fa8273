"""`--stats`: what was played, how fast, and where the time went. docs/live.md describes every field."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from app.progress import Progress
from console.atomic import write_whole

_LIST_OF_NUMBERS = re.compile(r"\[\n[\s\d,-]*\]")  # written on one line each


def stats_document(
    progress: Progress,
    *,
    about: dict[str, Any],
    engine_restarts: int,
    startup_s: float | None,
    recording: dict[str, Any] | None,
    mapping: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The stats as JSON will have them; about: source, model, engine and the like."""
    return {
        **about,
        "fps": None if progress.fps is None else round(progress.fps, 3),
        "startup_s": None if startup_s is None else round(startup_s, 3),
        "counters": {
            "captured": progress.captured,
            "overwritten": progress.overwritten,
            "segmented": progress.segmented,
            "shown": progress.shown,
            "sdk_gaps": progress.sdk_gaps,
            "without_depth": progress.without_depth,
            "engine_restarts": engine_restarts,
        },
        "stages_ms": progress.times.summary(),
        "recording": recording,
        "map": mapping,
        "frames": {"position": list(progress.positions), "device_number": list(progress.frame_numbers)},
    }


def write_stats(path: Path, document: dict[str, Any]) -> None:
    """Write the document as JSON, whole or not at all. Raises OutputError."""
    text = _LIST_OF_NUMBERS.sub(lambda numbers: " ".join(numbers[0].split()), json.dumps(document, indent=1))
    write_whole(path, (text + "\n").encode())

"""What happened, in a few lines after the last frame."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from app.options import is_numbered
from console.say import put

WORDS = {
    "record": "recording",
    "save_video": "video",
    "save_masks": "masks",
    "save_cloud": "cloud",
    "save_map": "map",
    "save_dataset": "data set",
    "screenshot": "picture",
    "stats": "stats",
}


def summary_lines(document: Mapping[str, Any], outputs: Mapping[str, Path]) -> list[str]:
    """The lines for a stats document and the outputs asked for, of which those that exist are named."""
    counters, latency = document["counters"], document["stages_ms"]["total"]["p50"]
    first = f"{counters['segmented']} frame" + "s" * (counters["segmented"] != 1)
    if document["fps"] is not None:
        first += f", {document['fps']:.1f} frames/s"
    if latency is not None:
        first += f", median latency {latency:.0f} ms"
    losses = {
        "overwritten": "overwritten by newer ones",
        "sdk_gaps": "missing from the source",
        "without_depth": "without any depth",
    }
    told = [f"{counters[name]} {meaning}" for name, meaning in losses.items() if counters[name]]
    lines = [first + ("; " + ", ".join(told) if told else "")]
    if counters["engine_restarts"] or document["engine_changes"]:
        lines.append(engine_line(document))
    if document["recording"]:
        lines.append(recording_line(document["recording"]))
    if document["map"]:
        lines.append(map_line(document["map"]))
    lines += [f"  {WORDS[name]:<10} {path}" for name, path in outputs.items() if _is_there(name, path)]
    if not document["trained"]:
        lines.append(f"UNTRAINED: {document['model']} has untrained weights; its labels mean nothing yet")
    return lines


def engine_line(document: Mapping[str, Any]) -> str:
    """What became of an engine that failed, from the whole stats."""
    restarts = document["counters"]["engine_restarts"]
    line = f"engine {document['engine']} on {document['device']}, {document['precision']} at the end"
    return f"{line}, after {restarts} restart" + "s" * (restarts != 1) if restarts else line


def recording_line(recording: Mapping[str, Any]) -> str:
    """How much of what came is in the file, from the stats' "recording"."""
    line = f"recorded {recording['written']} of {recording['captured']} frames captured"
    if recording["dropped"]:
        line += f"; {recording['dropped']} were lost because the disk or the processor is too slow"
    if recording["files"][1:]:
        line += f"; the cameras changed, so see also {', '.join(recording['files'][1:])}"
    return line


def map_line(mapping: Mapping[str, Any]) -> str:
    """What became of the frames on their way into the map, from the stats' "map"."""
    line = f"mapped {mapping['fused']} frame" + "s" * (mapping["fused"] != 1)
    left_out = {"lost": "were left out, as the camera's place was not sure", "dropped": "came too fast to be mapped"}
    told = [f"{mapping[name]} {meaning}" for name, meaning in left_out.items() if mapping[name]]
    if mapping["full"]:
        told.append("the map reached its largest size, so what came last is missing")
    return "; ".join([line, *told])


def _is_there(name: str, path: Path) -> bool:
    return os.path.lexists(path) or (name == "save_cloud" and is_numbered(path))  # unlike Path.exists, never raises


def print_summary(document: Mapping[str, Any], outputs: Mapping[str, Path], *, stream: TextIO) -> None:
    """Print the lines."""
    put(stream, "".join(f"{line}\n" for line in summary_lines(document, outputs)))

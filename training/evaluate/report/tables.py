"""The scores as tables: a head and rows of text, and what Markdown makes of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from training.evaluate.report.about import percent
from training.evaluate.scoring.multi_scale import NAME as MULTI_SCALE

Row = list[str]
SCORES = {"miou": "mIoU", "pixel_accuracy": "pixel accuracy", "mean_accuracy": "mean accuracy", "ece": "ECE"}


class Table(NamedTuple):
    """One cell for each column in all of them."""

    head: Row
    rows: list[Row]


def headline_table(document: dict[str, Any]) -> Table:
    """Each score with depth, without, and what the baseline gets."""
    ways = (document, document["without_depth"], document["baseline"])
    rows = [[title, *(score(way.get(key)) for way in ways)] for key, title in SCORES.items()]
    return Table(["", "with depth", "without depth", baseline_name(document)], rows)


def multi_scale_table(document: dict[str, Any]) -> Table:
    """Each score at several scales, and at one for comparison."""
    ways = (document["multi_scale_flip"], document)
    rows = [[title, *(score(way[key]) for way in ways)] for key, title in SCORES.items()]
    return Table(["", MULTI_SCALE, "single scale"], rows)


def range_table(document: dict[str, Any]) -> Table:
    """Every range of measured depth."""
    rows = [
        [
            entry["name"],
            percent(entry["share"]),
            str(entry["classes_with_truth"]),
            *_three_ways(entry, entry["without_depth"], "miou"),
            *_three_ways(entry, entry["without_depth"], "pixel_accuracy"),
        ]
        for entry in document["depth_ranges"]
    ]
    return Table(["measured depth", "of pixels", "classes", *_compared(document)], rows)


def class_table(document: dict[str, Any], *, only_with_truth: bool = False) -> Table:
    """Every class in the order of its label, or only those that have a true pixel."""
    total = max(1, sum(entry["pixels"] for entry in document["classes"]))
    rows = [
        [
            entry["name"],
            score(entry["iou"]),
            score(entry["accuracy"]),
            score(flat["iou"]),
            f"{100 * entry['pixels'] / total:.2f} %",
        ]
        for entry, flat in zip(document["classes"], document["without_depth"]["classes"], strict=True)
        if entry["pixels"] or not only_with_truth
    ]
    return Table(["class", "IoU", "accuracy", "IoU without depth", "of pixels"], rows)


def camera_table(document: dict[str, Any]) -> Table:
    """Every camera."""
    flat = document["without_depth"]["per_camera"]
    rows = [
        [
            camera,
            str(entry["frames"]),
            str(entry["classes_with_truth"]),
            *_three_ways(entry, flat[camera], "miou"),
            *_three_ways(entry, flat[camera], "pixel_accuracy"),
            score(entry["mean_accuracy"]),
        ]
        for camera, entry in document["per_camera"].items()
    ]
    return Table(["camera", "frames", "classes", *_compared(document), "mean accuracy"], rows)


def baseline_name(document: dict[str, Any]) -> str:
    """Such as "always wall"."""
    return f"always {document['baseline']['class']}"


def _compared(document: dict[str, Any]) -> Row:
    others = ["without depth", baseline_name(document)]
    return ["mIoU with depth", *others, "pixel accuracy with depth", *others]


def _three_ways(entry: dict[str, Any], flat: dict[str, Any], key: str) -> Row:
    return [score(entry[key]), score(flat[key]), score(entry["baseline"][key])]


def table(head: Row, rows: list[Row], *, left: int = 1) -> str:
    """A Markdown table: the first `left` columns, of text, to the left, numbers to the right."""
    lines = [head, [*["---"] * left, *["---:"] * (len(head) - left)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def score(value: float | None) -> str:
    """Three digits, or a dash where there is nothing to score."""
    return "-" if value is None else f"{value:.3f}"

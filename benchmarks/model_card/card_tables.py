"""The model card's tables as Markdown, and how they get into the card."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from runs import CardRun

from training.evaluate.report.tables import camera_table, score, table


def card_tables(runs: Sequence[CardRun]) -> dict[str, str]:
    """Every table by its name in the card; the first run is the network that ships."""
    tables = {
        "comparison": comparison(runs),
        "classes": classes(runs),
        "cameras": table(*camera_table(runs[0].evaluation)),
    }
    return {**tables, "real": real(runs)} if all(run.real for run in runs) else tables


def comparison(runs: Sequence[CardRun]) -> str:
    """The networks beside each other, with their depth and without."""
    head = ["network", "mIoU", "pixel accuracy", "mean accuracy", "ECE", "mIoU, depth removed", "epochs", "minutes"]
    rows = [
        [
            run.name,
            *(score(run.evaluation[key]) for key in ("miou", "pixel_accuracy", "mean_accuracy", "ece")),
            score(run.evaluation["without_depth"]["miou"]),
            str(run.epochs),
            f"{run.minutes:.0f}",
        ]
        for run in runs
    ]
    return table(head, rows)


def classes(runs: Sequence[CardRun]) -> str:
    """Each class's IoU in every network, and the first one's with depth removed."""
    total = sum(entry["pixels"] for entry in runs[0].evaluation["classes"])
    rows = []
    for place, entry in enumerate(runs[0].evaluation["classes"]):
        flat = runs[0].evaluation["without_depth"]["classes"][place]
        own = [score(run.evaluation["classes"][place]["iou"]) for run in runs]
        rows.append([entry["name"], f"{100 * entry['pixels'] / total:.2f} %", *own, score(flat["iou"])])
    return table(["class", "of pixels", *(run.name for run in runs), f"{runs[0].name}, depth removed"], rows)


def real(runs: Sequence[CardRun]) -> str:
    """Real labelled frames: pixel accuracy / mIoU over the classes present, beside those of calling everything wall."""
    head = ["frame", "all wall", *(f"{run.name}, {way}" for run in runs for way in ("with depth", "without depth"))]
    rows = []
    for frame, ways in runs[0].real.items():
        own = [run.real[frame][way] for run in runs for way in ("with depth", "without depth")]
        cells = [f"{entry['pixel_accuracy']:.2f} / {entry['miou']:.3f}" for entry in (ways["all wall"], *own)]
        rows.append([f"{frame} ({ways['all wall']['classes']} classes)", *cells])
    return table(head, rows)


def fill(card: Path, tables: Mapping[str, str]) -> None:
    """Put each table between its marks, <!-- table NAME --> and <!-- end NAME -->. Raises SystemExit without marks."""
    text = card.read_text()
    for name, content in tables.items():
        start, end = f"<!-- table {name} -->", f"<!-- end {name} -->"
        pattern = re.compile(rf"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"{card} has no place for the table {name}: it needs {start} and {end}")
        text = pattern.sub(lambda _, filled=f"{start}\n{content}\n{end}": filled, text)
    card.write_text(text)

"""evaluation.md: the same scores as tables to read."""

from __future__ import annotations

from typing import Any

Row = list[str]


def evaluation_markdown(document: dict[str, Any]) -> str:
    """The whole report from what evaluation.json holds."""
    parts = [
        f"# {document['model']} on {document['dataset']}, {document['split']}",
        *about(document),
        "## Scores",
        table(*headline_rows(document)),
        "One confusion matrix over all frames, at the labels' own size; pixels without truth are left out, and the"
        f" means are over the {document['classes_with_truth']} classes that have a true pixel. Without depth: the same"
        " frames with every depth set to 0 = no reading. ECE: expected calibration error, 15 bins.",
        "## Classes",
        table(*class_rows(document)),
        "## Cameras",
        table(*camera_rows(document)),
    ]
    return "\n\n".join(parts) + "\n"


def headline_rows(document: dict[str, Any]) -> tuple[Row, list[Row]]:
    """Head and rows: each score with and without depth."""
    names = {
        "miou": "mIoU",
        "pixel_accuracy": "pixel accuracy",
        "mean_accuracy": "mean accuracy",
        "ece": "ECE",
    }
    rows = [[title, score(document[key]), score(document["without_depth"][key])] for key, title in names.items()]
    return ["", "with depth", "without depth"], rows


def class_rows(document: dict[str, Any]) -> tuple[Row, list[Row]]:
    """Head and rows: every class in the order of its label."""
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
    ]
    return ["class", "IoU", "accuracy", "IoU without depth", "of pixels"], rows


def camera_rows(document: dict[str, Any]) -> tuple[Row, list[Row]]:
    """Head and rows: every camera."""
    flat = document["without_depth"]["per_camera"]
    rows = [
        [
            camera,
            str(entry["frames"]),
            f"{score(entry['miou'])} ({entry['classes_with_truth']} classes)",
            score(entry["pixel_accuracy"]),
            score(entry["mean_accuracy"]),
            score(flat[camera]["miou"]),
        ]
        for camera, entry in document["per_camera"].items()
    ]
    return ["camera", "frames", "mIoU", "pixel accuracy", "mean accuracy", "mIoU without depth"], rows


def table(head: Row, rows: list[Row]) -> str:
    """A Markdown table: the first column to the left, numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def score(value: float | None) -> str:
    """Three digits, or a dash where there is nothing to score."""
    return "-" if value is None else f"{value:.3f}"


def about(document: dict[str, Any]) -> list[str]:
    """What was scored, as lines of plain text."""
    frames = f"{document['frames']} frames of {document['scenes']} scenes from {document['data']}"
    lines = [f"{frames}; {document['device']}, {document['precision']}, single scale."]
    if not document["trained"]:
        lines.append("The weights are UNTRAINED: these scores mean nothing.")
    if "note" in document:
        lines.append(f"Note: {document['note']}.")
    return lines

"""What stands in a report, in order: the Markdown file and the page are two ways of writing it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training.evaluate.report import tables
from training.evaluate.scoring.multi_scale import NAME as MULTI_SCALE


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a few sentences, and what they speak of. pictures: names of files."""

    heading: str
    text: str
    tables: tuple[tables.Table, ...] = ()
    pictures: tuple[str, ...] = ()


def sections(document: dict[str, Any]) -> list[Section]:
    """The sections of a report, from what evaluation.json holds."""
    baseline = tables.baseline_name(document)
    found = [
        Section(
            "Scores",
            "One confusion matrix over all frames, at the labels' own size and at a single scale; pixels without truth"
            f" are left out, and the means are over the {document['classes_with_truth']} classes that have a true"
            " pixel. Without depth: the same frames with every depth set to 0 = no reading. ECE: expected calibration"
            f" error, 15 bins. {baseline.capitalize()}: the score of calling every pixel that, the commonest class of"
            " these frames; a model is worth what it has above it.",
            (tables.headline_table(document),),
        )
    ]
    if "multi_scale_flip" in document:
        found.append(
            Section(
                MULTI_SCALE.capitalize(),
                f"The mean probability at {_listed(document['multi_scale_flip']['scales'])} times the input size, each"
                " also on the mirror image, with depth. To be compared with published multi-scale scores only; every"
                " other number of this report is single scale.",
                (tables.multi_scale_table(document),),
            )
        )
    return [
        *found,
        Section(
            "By measured depth",
            "Each pixel by the depth that was measured there, with and without that depth given to the network: what"
            " depth contributes, and where. The means are over the classes that have a true pixel in the range.",
            (tables.range_table(document),),
            ("depth_ranges.png",),
        ),
        Section("Cameras", "", (tables.camera_table(document),)),
        Section("Classes", "", (tables.class_table(document),)),
        Section("Confusion", "", (), ("confusion.png",)),
        Section("Confidence", "How often the network is right, by how sure it says it is.", (), ("reliability.png",)),
        Section(
            "Frames",
            "The best and the worst are those of the highest and lowest mIoU over the classes in the frame itself.",
            (),
            ("samples.png", "best.png", "worst.png"),
        ),
    ]


def _listed(scales: list[float]) -> str:
    *first, last = (f"{scale:g}" for scale in scales)
    return f"{', '.join(first)} and {last}"

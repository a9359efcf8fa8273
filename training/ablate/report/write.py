"""The report's files, each whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from console.atomic import write_whole
from training.ablate.report.gather import gather
from training.ablate.report.learned import learned_layers, learned_sheet
from training.ablate.report.learned_plot import learned_picture
from training.ablate.report.plot import ablation_picture
from training.ablate.report.sheets import run_sheet, summary_sheet
from training.ablate.report.spread import summaries
from training.ablate.report.tables import ablation_markdown
from training.ablate.runs.files import GridRunFiles, read_json
from training.ablate.settings import SETTINGS_NAME

REPORT = "ablation.md"


def write_report(out: Path, asked: Iterable[tuple[str, int]], failed: Mapping[tuple[str, int], str]) -> None:
    """Write it from the runs' folders, whoever trained them; nothing where no run is finished.

    asked, failed: see gather. Raises OutputError, and CheckpointError for a damaged model file.
    """
    runs = gather(out, asked, failed)
    done = [run for run in runs if run.result is not None]
    settings = read_json(out / SETTINGS_NAME)
    configuration = read_json(GridRunFiles(done[0].folder).configuration) if done else None
    if settings is None or configuration is None:
        return
    found, learned = summaries(runs), learned_layers(runs)
    title = f"{settings['host']} on {settings['dataset']}"
    files = {
        "ablation.csv": summary_sheet(found),
        "ablation_runs.csv": run_sheet(runs),
        "ablation_learned.csv": learned_sheet(learned),
        "ablation.png": ablation_picture(runs, found, f"Ablations of the malleable convolution: {title}"),
        "ablation_learned.png": learned_picture(learned, f"What the malleable layers have learned: {title}"),
        REPORT: ablation_markdown(settings, configuration, runs, found, learned).encode(),
    }
    for name, content in files.items():
        if content is not None:
            write_whole(out / name, content)

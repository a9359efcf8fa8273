"""ablation.md: what was compared with what, what came out, and which differences the seeds bear out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.ablate.report.gather import NOT_FINISHED, GridRun
from training.ablate.report.learned import LearnedLayer
from training.ablate.report.learned_table import learned_table
from training.ablate.report.spread import CONFIDENCE, Spread, Summary
from training.ablate.variants import ABLATIONS, FULL, VARIANTS, Ablation
from training.evaluate.report.tables import Row, table

HEAD = [
    "variant",
    "what",
    "parameters, M",
    "mIoU, %",
    "seeds",
    "difference, points",
    "95 % interval",
    "larger than the spread?",
]
STEADIER_HEAD = [
    "variant",
    "pixel accuracy, %",
    "difference, points",
    "95 % interval",
    "validation loss",
    "difference",
    "95 % interval",
]
STEADIER = (
    "mIoU counts every class alike, so that in a short training one class, which one seed has just found and"
    " another not yet, moves it by a point or more. These two move less. The loss is cross-entropy with the recipe's"
    " class weights; lower is better."
)
HOW = (
    "mIoU is that of the validation samples after the last epoch, of the averaged weights where the recipe keeps an"
    " average, as mean ± standard deviation over the seeds; no epoch was chosen by it. The best epoch's, chosen on the"
    " very samples that score it, is in `ablation.csv`. A difference is the variant's mIoU minus that of `full`, seed"
    " by seed: runs of the same seed start from the same weights and see the same samples in the same order. Its"
    " interval is Student's over the seeds. It says how far a repetition with other seeds would differ, not how far"
    " other data would. A difference is called larger than the spread where this interval leaves out 0. Where it does"
    " not, these seeds show no difference, though there may be one: with two seeds the interval reaches 9 standard"
    " deviations of the differences to either side, with three 2.5, with five 1.2."
)


def ablation_markdown(
    settings: Mapping[str, Any],
    configuration: Mapping[str, Any],
    runs: Sequence[GridRun],
    summaries: Sequence[Summary],
    learned: Sequence[LearnedLayer],
) -> str:
    """The whole report. settings: of the grid; configuration: of one of its runs."""
    found = {summary.variant: summary for summary in summaries}
    parts = [
        f"# Ablations of the malleable convolution: {settings['host']} on {settings['dataset']}",
        _about(settings, configuration, runs),
        *_missing(runs),
        "![mIoU of the variants, and their differences to the full operator](ablation.png)",
        *(part for ablation in ABLATIONS.values() for part in _section(ablation, found)),
        "## All variants",
        variant_table(summaries),
        HOW,
        *_chance(summaries),
        "## Two steadier measures",
        STEADIER,
        steadier_table(summaries),
        *learned_table(learned),
    ]
    return "\n\n".join(parts) + "\n"


def variant_table(summaries: Sequence[Summary]) -> str:
    """A line for each variant."""
    return table(HEAD, [_line(summary) for summary in summaries], left=2)


def steadier_table(summaries: Sequence[Summary]) -> str:
    """A line for each variant: pixel accuracy and validation loss, and their differences to the full operator."""
    return table(STEADIER_HEAD, [_steadier_line(summary) for summary in summaries])


def verdict(delta: Spread | None) -> str:
    """Whether a difference to the full operator is larger than the spread over the seeds."""
    if delta is None:
        return "no seed has both"
    if delta.sd is None:
        return "one seed: not known"
    return "yes" if delta.excludes_zero else "no"


def _line(summary: Summary) -> Row:
    about = VARIANTS[summary.variant].about
    start = [f"`{summary.variant}`", about, f"{summary.parameters / 1e6:.2f}", _with_sd(summary.miou, 100)]
    if summary.variant == FULL.name:
        return [*start, str(summary.miou.count), "", "", ""]
    return [
        *start,
        str(summary.miou.count),
        _difference(summary.delta),
        _interval(summary.delta),
        verdict(summary.delta),
    ]


def _steadier_line(summary: Summary) -> Row:
    start, loss = [f"`{summary.variant}`", _with_sd(summary.pixel_accuracy, 100)], _with_sd(summary.val_loss, 1, 3)
    if summary.variant == FULL.name:
        return [*start, "", "", loss, "", ""]
    accuracy, losses = summary.pixel_accuracy_delta, summary.val_loss_delta
    return [
        *start,
        _difference(accuracy),
        _interval(accuracy),
        loss,
        _difference(losses, 1, 3),
        _interval(losses, 1, 3),
    ]


def _section(ablation: Ablation, found: Mapping[str, Summary]) -> list[str]:
    """Nothing where neither the full operator nor what it is compared with was trained."""
    compared = [found[name] for name in ablation.variants if name in found and name != FULL.name]
    if not compared:
        return []
    shown = [found[name] for name in ablation.variants if name in found]
    return [
        f"## {ablation.name.capitalize()}: {ablation.question[0].lower()}{ablation.question[1:]}",
        variant_table(shown),
        "\n".join(f"* {_sentence(summary)}" for summary in compared),
    ]


def _sentence(summary: Summary) -> str:
    """The finding in words."""
    delta, name = summary.delta, f"`{summary.variant}`"
    if delta is None:
        return f"{name}: no seed is finished for both it and `full`, so nothing can be said."
    points = f"{abs(100 * delta.mean):.2f}"
    distance = f"{points} points {'below' if delta.mean < 0 else 'above'}" if points != "0.00" else "level with"
    start = f"{name} is {distance} `full`"
    if delta.sd is None:
        return f"{start} with one seed, so no spread is known."
    over = f"{start} on average over {delta.count} seeds"
    if delta.excludes_zero:
        return f"{over}: **larger than the spread** (95 % interval {_interval(delta)})."
    return f"{over}: not larger than the spread (95 % interval {_interval(delta)} holds 0)."


def _about(settings: Mapping[str, Any], configuration: Mapping[str, Any], runs: Sequence[GridRun]) -> str:
    recipe, versions = configuration["recipe"], configuration["versions"]
    width, height = settings["input_size"] or recipe["input_size"]
    epochs = sorted({run.result.epochs for run in runs if run.result is not None})
    text = (
        f"{settings['training_samples']} training and {settings['validation_samples']} validation samples"
        f" ({settings['class_set']}, {settings['depth']} depth), input {width}x{height}, recipe {settings['recipe']},"
        f" {' to '.join(map(str, dict.fromkeys((epochs[0], epochs[-1]))))} epoch{'s' if epochs[-1] > 1 else ''}, batch"
        f" {settings['batch_size'] or recipe['batch_size']}; torch {versions['torch']}, rgbd-live"
        f" {versions['rgbd-live']}. Every run lies in `runs/VARIANT/seed-S` with its configuration and the command that"
        " repeats it (`run.json`)."
    )
    if settings["dataset"] == "rooms":
        text += " Rooms are rooms: these figures compare variants, they are not accuracy on SUN RGB-D."
    return text


def _missing(runs: Sequence[GridRun]) -> list[str]:
    missing = [run for run in runs if run.result is None]
    lines = [f"* `{run.variant}`, seed {run.seed}: {run.missing}" for run in missing if run.missing != NOT_FINISHED]
    if waiting := len(missing) - len(lines):
        lines.append(f"* {waiting} of {len(runs)} are not finished")
    return ["**Missing runs** (the same command goes on with them):\n\n" + "\n".join(lines)] if lines else []


def _chance(summaries: Sequence[Summary]) -> list[str]:
    """What several intervals at once mean."""
    deltas = {s.variant: s.delta for s in summaries if s.variant != FULL.name and s.delta is not None}
    compared = {name: delta for name, delta in deltas.items() if delta.sd is not None}
    count = len(compared)
    if count < 2:
        return []
    sure = [f"`{name}`" for name, delta in compared.items() if delta.excludes_zero_among(count)]
    return [
        f"These are {count} intervals of 95 % each: were no variant different at all, about one in twenty would still"
        f" leave out 0, and at least one of {count} with a probability of up to {100 * (1 - CONFIDENCE**count):.0f} %."
        f" Larger than the spread also by intervals that are wide enough for all {count} at once (Bonferroni):"
        f" {', '.join(sure) or 'none'}."
    ]


def _with_sd(spread: Spread, factor: float, digits: int = 2) -> str:
    mean = f"{factor * spread.mean:.{digits}f}"
    return mean if spread.sd is None else f"{mean} ± {factor * spread.sd:.{digits}f}"


def _difference(delta: Spread | None, factor: float = 100, digits: int = 2) -> str:
    if delta is None:
        return "-"
    mean = _signed(factor * delta.mean, digits)
    return mean if delta.sd is None else f"{mean} ± {factor * delta.sd:.{digits}f}"


def _interval(delta: Spread | None, factor: float = 100, digits: int = 2) -> str:
    half = None if delta is None else delta.half_width
    if delta is None or half is None:
        return "-"
    return f"{_signed(factor * (delta.mean - half), digits)} to {_signed(factor * (delta.mean + half), digits)}"


def _signed(value: float, digits: int) -> str:
    """With its sign, but 0 as 0.00."""
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text

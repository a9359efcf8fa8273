"""Reports of grids whose scores are known, against figures worked out by hand."""

from __future__ import annotations

import csv
import dataclasses
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from synthetic_grid import write_grid

from segmentation.errors import CheckpointError
from training.ablate.report.gather import gather
from training.ablate.report.learned import learned_layers
from training.ablate.report.learned_plot import learned_picture
from training.ablate.report.plot import place_lines
from training.ablate.report.spread import spread, summaries
from training.ablate.report.write import write_report

T_2 = 4.302653  # Student's 97.5 % quantile with two degrees of freedom
SCORES = {
    "full": {0: 0.40, 1: 0.42, 2: 0.44},
    "plain": {0: 0.37, 1: 0.40, 2: 0.40},  # differences -3, -2, -4 points: -3 +- 1, interval +- 2.48
    "kernels-2": {0: 0.41, 1: 0.42, 2: 0.43},  # +1, 0, -1: 0 +- 1
    "early-stages": {1: 0.43},  # +1 with one seed
}


@pytest.fixture
def grid(tmp_path) -> Path:
    options = write_grid(tmp_path / "grid", SCORES)
    asked = [(variant, seed) for variant in (*SCORES, "late-stages") for seed in range(3)]
    write_report(options.out, asked, {("late-stages", 1): "the loss is not a number"})
    return options.out


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open() as file:
        return {row["variant"]: row for row in csv.DictReader(file)}


def test_means_spreads_and_paired_differences(grid) -> None:
    found = rows(grid / "ablation.csv")
    assert list(found) == ["full", "plain", "kernels-2", "early-stages"]
    assert list(found["full"])[:4] == ["variant", "miou_mean", "miou_sd", "delta"]

    def check(variant: str, **wanted: float | str) -> None:
        for column, value in wanted.items():
            text = found[variant][column]
            assert text == value if isinstance(value, str) else float(text) == pytest.approx(value, abs=2e-6), column

    check("full", miou_mean=0.42, miou_sd=0.02, delta=0, seeds="3", best_miou_mean=0.43, parameters="3000005")
    check("plain", miou_mean=0.39, miou_sd=math.sqrt(3e-4), delta=-0.03, delta_sd=0.01)
    check("plain", delta_half_width=T_2 * 0.01 / math.sqrt(3), paired_seeds="3", parameters="5")
    check("kernels-2", miou_mean=0.42, delta=0.0, delta_sd=0.01)
    check("plain", pixel_accuracy_mean=0.69, pixel_accuracy_delta=-0.03, val_loss_mean=1.61, val_loss_delta=0.03)
    check("early-stages", miou_mean=0.43, miou_sd="", delta=0.01, delta_sd="", delta_half_width="", seeds="1")


def test_what_a_variant_is_stands_at_the_left_under_a_heading(grid) -> None:
    page = (grid / "ablation.md").read_text()
    heads = page.count("| variant | what | parameters, M |")
    assert heads > 1
    assert page.count("| larger than the spread? |\n| --- | --- | ---: | ---: |") == heads


def test_only_seeds_that_both_have_are_compared(tmp_path) -> None:
    scores = {"full": {0: 0.4, 1: 0.5}, "plain": {1: 0.45, 2: 0.9}, "kernels-1": {2: 0.3}}
    options = write_grid(tmp_path, scores)
    found = {summary.variant: summary for summary in summaries(gather(options.out, [], {}))}
    assert found["plain"].miou.mean == pytest.approx(0.675)
    delta = found["plain"].delta
    assert delta is not None
    assert (delta.count, delta.mean, delta.sd) == (1, pytest.approx(-0.05), None)
    assert found["kernels-1"].delta is None


def test_the_page_says_which_differences_are_larger_than_the_spread(grid) -> None:
    page = (grid / "ablation.md").read_text()
    assert "`plain` is 3.00 points below `full` on average over 3 seeds: **larger than the spread**" in page
    assert "(95 % interval -5.48 to -0.52)" in page
    assert "`kernels-2` is level with `full` on average over 3 seeds: not larger than the spread" in page
    assert "`early-stages` is 1.00 points above `full` with one seed, so no spread is known." in page
    assert (
        "| `plain` | standard 2D convolutions | 0.00 | 39.00 ± 1.73 | 3 | -3.00 ± 1.00 | -5.48 to -0.52 | yes |" in page
    )
    assert (
        "| `plain` | 69.00 ± 1.73 | -3.00 ± 1.00 | -5.48 to -0.52 | 1.610 ± 0.017 | +0.030 ± 0.010 | +0.005 to +0.055 |"
        in page
    )
    assert "| `kernels-2` | 72.00 ± 1.00 | 0.00 ± 1.00 | -2.48 to +2.48 |" in page
    assert page.count("## Range") == 0  # nothing of it was trained
    assert "deresunet-lite on rooms" in page
    assert "they are not accuracy on SUN RGB-D" in page


def test_the_page_says_what_holds_among_several_comparisons(tmp_path) -> None:
    # Differences -3 +- 0.1, -3 +- 1 and 0 +- 1 points over three seeds. Among three, Student's quantile is that of
    # 1 - 0.05 / 6, 7.649, so the half widths are 0.44, 4.42 and 4.42.
    full = {0: 0.4, 1: 0.4, 2: 0.4}
    scores = {
        "full": full,
        "plain": {0: 0.369, 1: 0.370, 2: 0.371},
        "fixed-range": {0: 0.36, 1: 0.37, 2: 0.38},
        "kernels-1": {0: 0.39, 1: 0.40, 2: 0.41},
    }
    options = write_grid(tmp_path, scores)
    write_report(options.out, [], {})
    page = (tmp_path / "ablation.md").read_text()
    assert "`fixed-range` is 3.00 points below `full` on average over 3 seeds: **larger than the spread**" in page
    assert "These are 3 intervals" in page
    assert "up to 14 %" in page
    assert "all 3 at once (Bonferroni): `plain`." in page


def test_the_page_says_what_is_missing(grid) -> None:
    page = (grid / "ablation.md").read_text()
    assert "* `late-stages`, seed 1: the loss is not a number" in page
    assert "* 4 of 15 are not finished" in page
    with (grid / "ablation_runs.csv").open() as file:
        missing = {(row["variant"], row["seed"]): row["missing"] for row in csv.DictReader(file) if not row["miou"]}
    assert missing["late-stages", "1"] == "the loss is not a number"
    assert missing["early-stages", "0"] == "not finished"
    assert len(missing) == 5


def test_what_was_learned_is_read_from_the_model_files(grid) -> None:
    layers = learned_layers(gather(grid, [], {}))
    first = layers[2]
    assert (first.variant, first.seed, first.name, first.stage) == ("full", 1, "encoder.color.layer1.0.conv1", "res2")
    assert first.centres == pytest.approx((-2.4, -1.2, 0, 1.2, 2.4))
    assert first.temperature == pytest.approx(math.exp(0.1), abs=1e-4)
    total = 1 + math.exp(0.1) + math.exp(0.2)
    assert first.scales == pytest.approx([3 * math.exp(x) / total for x in (0, 0.1, 0.2)])
    assert [layer.stage for layer in layers[:2]] == ["res2", "res5"]
    assert all(layer.variant != "plain" for layer in layers)
    assert len(next(layer for layer in layers if layer.variant == "kernels-2").centres) == 4
    page = (grid / "ablation.md").read_text()
    assert "| `full` | res2 | 3 | -2.40, -1.20, 0.00, 1.20, 2.40 | 1.109 |" in page


def test_a_damaged_model_file_is_named(grid) -> None:
    model = grid / "runs" / "full" / "seed-1" / "best.safetensors"
    model.write_bytes(model.read_bytes()[:-10])
    with pytest.raises(CheckpointError, match=r"seed-1/best\.safetensors is damaged .*: delete the run's folder"):
        learned_layers(gather(grid, [], {}))


def test_pictures_are_there_and_sorted_by_ablation(grid) -> None:
    for name in ("ablation.png", "ablation_learned.png"):
        assert (grid / name).read_bytes()[:4] == b"\x89PNG"
    lines = place_lines(summaries(gather(grid, [], {})))
    assert [line.summary.variant for line in lines] == ["full", "plain", "kernels-2", "early-stages"]
    assert [line.heading for line in lines] == ["", "convolution", "kernels", "location"]
    assert all(above.y < below.y for above, below in pairwise(lines))


def test_every_learned_number_is_inside_the_picture(tmp_path, monkeypatch) -> None:
    options = write_grid(tmp_path, {"full": {0: 0.4, 5: 0.4}})
    layers = learned_layers(gather(options.out, [], {}))
    layers[-1] = dataclasses.replace(layers[-1], temperature=30.0)  # of the last column
    drawn: list[Figure] = []
    monkeypatch.setattr("training.ablate.report.learned_plot.png", lambda figure: drawn.append(figure) or b"")
    learned_picture(layers, "title")
    for axes in drawn[0].axes:
        left, right = axes.get_xlim()
        assert all(left <= x <= right for line in axes.lines for x in np.ravel(line.get_xdata()))


def test_runs_of_earlier_calls_stay_in_the_report(tmp_path) -> None:
    options = write_grid(tmp_path, {"full": {0: 0.4}, "plain": {0: 0.3}})
    write_report(options.out, [("full", 5), ("kernels-1", 5)], {})
    assert list(rows(tmp_path / "ablation.csv")) == ["full", "plain"]


def test_a_grid_without_a_finished_run_has_no_report(tmp_path) -> None:
    write_grid(tmp_path, {"full": {0: 0.4}})
    (tmp_path / "runs" / "full" / "seed-0" / "result.json").unlink()
    write_report(tmp_path, [("full", 0)], {})
    assert not (tmp_path / "ablation.md").exists()


def test_a_spread_of_nothing_but_equal_differences_is_certain() -> None:
    assert spread([-0.25, -0.25]).excludes_zero
    assert not spread([0.0, 0.0]).excludes_zero
    assert not spread([0.5]).excludes_zero

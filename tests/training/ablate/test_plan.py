"""Which runs a grid has, and what each is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from synthetic_grid import DATA, grid_options

import training.start
from console.errors import UsageError
from console.exit_codes import exit_code_of
from console.interrupt import Interrupt
from segmentation.malleable import MalleableConv2d
from segmentation.models import build_model
from training.ablate import AblateOptions
from training.ablate.options import parse_seeds
from training.ablate.runs.plan import configuration, planned_runs
from training.ablate.runs.words import command_words
from training.ablate.variants import ABLATIONS, parse_only
from training.command_line import run
from training.options import TrainOptions

ALL = (1, 2, 3, 4)
GRID = {  # stages, kernels, learn_range, rebalance
    "full": (ALL, 3, True, True),
    "plain": None,
    "fixed-range": (ALL, 3, False, True),
    "no-rebalancing": (ALL, 3, True, False),
    "kernels-1": (ALL, 1, True, True),
    "kernels-2": (ALL, 2, True, True),
    "kernels-4": (ALL, 4, True, True),
    "early-stages": ((1, 2), 3, True, True),
    "late-stages": ((3, 4), 3, True, True),
}


def test_the_whole_grid_has_nine_runs_a_seed_seed_by_seed(tmp_path) -> None:
    runs = planned_runs(grid_options(tmp_path, seeds=(0, 7)))
    assert [(run.variant.name, run.seed) for run in runs] == [(name, seed) for seed in (0, 7) for name in GRID]
    assert len({run.folder for run in runs}) == 18
    for run_, wanted in zip(runs, (*GRID.values(), *GRID.values()), strict=True):
        options = run_.options
        assert options.model == ("deresunet-lite" if wanted is None else "malleable-deresunet-lite")
        assert tuple(options.network_options.values()) == (wanted or ())
        assert (options.seed, options.epochs, options.input_size) == (run_.seed, 4, (64, 48))
        assert options.out == run_.folder == tmp_path / "runs" / run_.variant.name / f"seed-{run_.seed}"


def test_runs_that_ablations_share_are_trained_once(tmp_path) -> None:
    runs = planned_runs(grid_options(tmp_path, seeds=(3,), only=("kernels", "location")))
    assert [run.variant.name for run in runs] == [
        "full", "kernels-1", "kernels-2", "kernels-4", "early-stages", "late-stages",
    ]  # fmt: skip
    assert all(ablation.variants[0] == "full" for ablation in ABLATIONS.values())


@pytest.mark.parametrize("variant", GRID)
def test_every_run_builds_the_layers_that_its_variant_names(tmp_path, variant) -> None:
    options = next(run.options for run in planned_runs(grid_options(tmp_path)) if run.variant.name == variant)
    with torch.device("meta"):
        network = build_model(options.model, 5, seed=0, **options.network_options)
    layers = {name: layer for name, layer in network.named_modules() if isinstance(layer, MalleableConv2d)}
    stages, kernels, learn_range, rebalance = GRID[variant] or ((), 0, True, True)
    assert [name.split(".")[2] for name in layers] == [f"layer{stage}" for stage in stages]
    for layer in layers.values():
        assert layer.kernels == kernels
        assert layer.centres.requires_grad is layer.log_temperature.requires_grad is learn_range
        assert layer.rebalancing.requires_grad is rebalance
        assert layer.start_temperature == (1.0 if learn_range else 0.1)


def test_variants_of_a_seed_start_from_the_same_weights(tmp_path) -> None:
    """Else a difference over the seeds would hold the luck of two starts instead of one."""
    runs = planned_runs(grid_options(tmp_path, seeds=(5,)))
    states = {
        run.variant.name: build_model(run.options.model, 5, seed=5, **run.options.network_options).state_dict()
        for run in runs
    }
    for name, state in states.items():
        for key, plain in states["plain"].items():
            assert torch.equal(state[key] if state[key].shape == plain.shape else state[key][-1], plain), (name, key)


def test_a_run_tells_everything_about_itself(tmp_path) -> None:
    run_ = planned_runs(grid_options(tmp_path))[0]
    told = configuration(run_, DATA)
    assert set(told["options"]) == set(TrainOptions.__slots__)
    assert told["options"]["network_options"]["stages"] == [1, 2, 3, 4]
    assert told["command"].startswith(f"rgbd-train --data {tmp_path / 'data'} --out {run_.folder} --model malleable-")
    assert told["recipe"]["epochs"] == 100
    assert told["data"] == DATA
    assert told["versions"]["torch"] == torch.__version__


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"network_options": {"stages": (1, 2), "kernels": 2, "learn_range": False, "rebalance": True}},
        {"recipe": "slides", "loss": "lovasz", "learning_rate": 1e-5, "batch_size": 3, "epochs": 7, "seed": 4},
        {"input_size": (160, 120), "workers": 0, "cache": "ram", "device": "cpu", "devices": "1", "precision": "fp32"},
        {"dataset": "rooms", "depth": "refined", "limit_train_batches": 5, "limit_val_batches": 6, "max_minutes": 1.5},
        {"encoder_weights": "none", "validate_every": 3, "no_depth": True, "export": "fp16", "overwrite": True},
    ],
)
def test_the_words_of_a_run_give_its_options_again(monkeypatch, changed) -> None:
    options = TrainOptions(data=Path("a folder"), out=Path("o"), **changed)
    taken: list[TrainOptions] = []
    monkeypatch.setattr(training.start, "start", lambda options, interrupt: taken.append(options) or 0)
    run(command_words(options), Interrupt(), 0.0)
    assert taken == [options]


@pytest.mark.parametrize(
    ("text", "seeds"), [("3", (0, 1, 2)), ("1", (0,)), ("0,1,2", (0, 1, 2)), ("7,", (7,)), ("4,2", (4, 2))]
)
def test_seeds_are_a_number_or_a_list(text, seeds) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "0", "-1", "two", "1,1", ",", "1.5", "²", "101", "1000000000000"])
def test_seeds_that_are_none_are_refused(text) -> None:
    with pytest.raises(UsageError, match="--seeds"):
        parse_seeds(text)


def test_a_seed_that_is_taken_for_a_number_of_seeds_is_told_how_to_be_written() -> None:
    with pytest.raises(UsageError, match=r"--seeds 2024: .* for seed 2024 alone write 2024,"):
        parse_seeds("2024")
    assert parse_seeds("2024,") == (2024,)


def test_ablations_are_picked_by_name_in_their_own_order() -> None:
    assert parse_only("location,convolution") == ("convolution", "location")
    assert parse_only(None) == ("convolution", "range", "rebalancing", "kernels", "location")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--host vgg", "--host vgg: use one of deresunet-lite, "),
        ("--host malleable-deresunet-lite", "convolutions are replaced: give deresunet-lite"),
        ("--only kernels,depth", "--only depth: use one or more of convolution,range,rebalancing,kernels,location"),
        ("--launcher slurm", "--launcher slurm: use one of local, ray"),
        ("--seeds none", "--seeds none: give how many"),
        ("--parallel 0", "--parallel 0: must be at least 1"),
        ("--ray-address auto", "--ray-address is for --launcher ray"),
        ("--launcher ray --cpus-per-run 0", "--cpus-per-run 0: must be at least 1"),
        ("--launcher ray --gpus-per-run -1", "--gpus-per-run -1: must be at least 0"),
        ("--epochs 0", "--epochs 0: must be at least 1"),
        ("--recipe weak", "--recipe weak: use one of"),
        ("--max-minutes 3", "No such option"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_exit_code_2(words, said) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is asked
        run(["ablate", "--data", "d", "--out", "o", *words.split()], Interrupt(), 0.0)
    assert exit_code_of(caught.value) == 2
    assert said in str(caught.value)


def test_every_option_reaches_the_runs(monkeypatch) -> None:
    taken: list[AblateOptions] = []
    monkeypatch.setattr("training.ablate.run", lambda options, interrupt: taken.append(options) or 0)
    words = (
        "ablate --data d --out o --host deresunet-r18 --seeds 2,4 --only range --dataset rooms --depth refined"
        " --input-size 160x120 --workers 0 --cache ram --limit-train-batches 5 --limit-val-batches 6 --recipe slides"
        " --loss lovasz --epochs 7 --batch-size 3 --lr 0.01 --encoder-weights none --validate-every 2 --device cpu"
        " --precision fp32 --parallel 2 --launcher ray --ray-address auto --cpus-per-run 2 --gpus-per-run 0.5"
    )
    run(words.split(), Interrupt(), 0.0)
    shared = TrainOptions(
        data=Path("d"), out=Path("o"), model="malleable-deresunet-r18", dataset="rooms", depth="refined",
        input_size=(160, 120), workers=0, cache="ram", limit_train_batches=5, limit_val_batches=6, recipe="slides",
        loss="lovasz", epochs=7, batch_size=3, learning_rate=0.01, encoder_weights="none", validate_every=2,
        device="cpu", precision="fp32",
    )  # fmt: skip
    assert taken == [
        AblateOptions(
            run=shared, host="deresunet-r18", seeds=(2, 4), only=("range",), launcher="ray", parallel=2,
            ray_address="auto", cpus_per_run=2, gpus_per_run=0.5,
        )
    ]  # fmt: skip

"""The words of `rgbd-train`: parses and wires, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import typer

from console.errors import UsageError
from console.interrupt import Interrupt
from console.parse import parse, refuse_options_before
from segmentation.models import DEFAULT_MODEL, MALLEABLE_PREFIX
from training import command_line_options as given
from training.names import DEFAULT_HOST
from training.network_options import parse_network_options
from training.options import TrainOptions
from training.size import maybe_size, parse_size

Work = Callable[[Interrupt], int]

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")


def run(arguments: list[str], interrupt: Interrupt, started_s: float) -> int:
    """Parse and do; returns the exit code. Raises UsageError for what cannot be parsed, and what the commands raise."""
    work = parse(cli, arguments)
    # Out here, because the parser has ideas of its own about Ctrl-C and exit codes.
    return cast(Work, work)(interrupt) if callable(work) else int(work or 0)


@cli.callback(invoke_without_command=True)
def train(
    context: typer.Context,
    data: given.Data = None,
    dataset: given.Dataset = None,
    depth: given.Depth = "raw",
    split: given.TrainSplit = "train",
    input_size: given.InputSize = None,
    workers: given.Workers = None,
    cache: given.Cache = "none",
    limit_train_batches: given.LimitTrain = None,
    limit_val_batches: given.LimitVal = None,
    model: given.Model = DEFAULT_MODEL,
    network_options: given.NetworkOptions = None,
    recipe: given.Recipe = "strong",
    loss: given.Loss = "ce",
    epochs: given.Epochs = None,
    max_minutes: given.MaxMinutes = None,
    batch_size: given.BatchSize = None,
    learning_rate: given.LearningRate = None,
    encoder_weights: given.EncoderWeights = None,
    init: given.Init = None,
    no_depth: given.NoDepth = False,
    seed: given.Seed = 0,
    device: given.Device = "auto",
    devices: given.Devices = "auto",
    nodes: given.Nodes = 1,
    strategy: given.Strategy = "auto",
    precision: given.Precision = "auto",
    out: given.Out = None,
    resume: given.Resume = False,
    overwrite: given.Overwrite = False,
    export: given.Export = "fp32",
    validate_every: given.ValidateEvery = 1,
    fast_dev_run: given.FastDevRun = False,
    version: given.Version = False,
) -> Work | int:
    """Train a network on prepared samples: checkpoints, the best model and the logs go to --out."""
    if context.invoked_subcommand is not None:
        refuse_options_before(context, context.invoked_subcommand)
        return 0
    options = TrainOptions(
        data=_needed("--data", data), out=_needed("--out", out), dataset=dataset, depth=cast("Any", depth),
        split=cast("Any", split), model=model, network_options=parse_network_options(network_options or ()),
        recipe=cast("Any", recipe), loss=cast("Any", loss), epochs=epochs, max_minutes=max_minutes,
        batch_size=batch_size, learning_rate=learning_rate, input_size=maybe_size("--input-size", input_size),
        encoder_weights=encoder_weights, init=init, no_depth=no_depth, seed=seed, workers=workers, cache=cache,
        device=device, devices=devices, nodes=nodes, strategy=strategy, precision=precision, export=export,
        validate_every=validate_every, limit_train_batches=limit_train_batches, limit_val_batches=limit_val_batches,
        resume=resume, overwrite=overwrite, fast_dev_run=fast_dev_run,
    )  # fmt: skip
    return partial(_train, options)


@cli.command()
def rooms(
    out: given.SampleFolder,
    count: given.Count,
    seed: given.FirstRoom = 0,
    frames_per_room: given.FramesPerRoom = 1,
    size: given.PictureSize = "320x240",
    workers: given.Processes = None,
    layout: given.Layout = "prepared",
    val_share: given.ValShare = 0.1,
) -> Work:
    """Render procedural rooms to disk; after any end the same command goes on."""
    from training.rooms_command import RoomsOptions, run

    options = RoomsOptions(
        out=out, count=count, seed=seed, frames_per_room=frames_per_room, size=parse_size("--size", size),
        workers=workers, layout=cast("Any", layout), val_share=val_share,
    )  # fmt: skip
    return partial(run, options)


@cli.command()
def evaluate(
    data: given.Samples,
    model: given.Scored = DEFAULT_MODEL,
    dataset: given.DatasetName = None,
    depth: given.DepthName = "raw",
    out: given.ReportFolder = None,
    split: given.Split = "val",
    device: given.ScoringDevice = "auto",
    engine: given.ScoringEngine = "torch",
    precision: given.ScoringPrecision = "auto",
    limit: given.Limit = None,
    multi_scale: given.MultiScale = False,
    overwrite: given.ReplaceReport = False,
) -> Work:
    """Score a model on prepared samples: numbers, tables and pictures."""
    from training.evaluate import EvaluateOptions, run

    options = EvaluateOptions(
        data=data, model=model, dataset=dataset, depth=cast("Any", depth), out=out, split=split, device=device,
        engine=engine, precision=cast("Any", precision), limit=limit, multi_scale=multi_scale, overwrite=overwrite,
    )  # fmt: skip
    return partial(run, options)


@cli.command()
def preview(
    data: given.Samples,
    out: given.Drawn,
    dataset: given.DatasetName = None,
    depth: given.DepthName = "raw",
    recipe: given.DrawnRecipe = "strong",
    count: given.DrawnCount = 3,
    epochs: given.DrawnEpochs = 5,
    seed: given.DrawnSeed = 0,
    input_size: given.DrawnSize = None,
    overwrite: given.ReplaceDrawn = False,
) -> Work:
    """Draw augmented samples as training sees them: colour, depth and labels."""
    from training.preview import PreviewOptions, run

    options = PreviewOptions(
        data=data, out=out, dataset=dataset, depth=cast("Any", depth), recipe=cast("Any", recipe), count=count,
        epochs=epochs, seed=seed, input_size=maybe_size("--input-size", input_size), overwrite=overwrite,
    )  # fmt: skip
    return partial(run, options)


@cli.command()
def prepare(
    dataset: given.Download,
    source: given.Source,
    out: given.SampleFolder,
    classes: given.Classes = None,
    workers: given.Processes = None,
    partial: given.Partial = False,
) -> Work:
    """Prepare SUN RGB-D, NYUDv2 or Cityscapes for training; after any end the same command goes on."""
    from training.prepare.command import PrepareOptions, run

    options = PrepareOptions(dataset=dataset, source=source, out=out, classes=classes, workers=workers, partial=partial)
    return lambda interrupt: run(options, interrupt)


@cli.command()
def ablate(
    data: given.GridData,
    out: given.GridFolder,
    host: given.Host = DEFAULT_HOST,
    seeds: given.Seeds = "3",
    only: given.Only = None,
    dataset: given.Dataset = None,
    depth: given.Depth = "raw",
    input_size: given.InputSize = None,
    workers: given.Workers = None,
    cache: given.Cache = "none",
    limit_train_batches: given.LimitTrain = None,
    limit_val_batches: given.LimitVal = None,
    recipe: given.Recipe = "strong",
    loss: given.Loss = "ce",
    epochs: given.Epochs = None,
    batch_size: given.BatchSize = None,
    learning_rate: given.LearningRate = None,
    encoder_weights: given.EncoderWeights = None,
    init: given.Init = None,
    validate_every: given.ValidateEvery = 1,
    device: given.Device = "auto",
    precision: given.Precision = "auto",
    parallel: given.Parallel = None,
    launcher: given.Launcher = "local",
    ray_address: given.RayAddress = None,
    cpus_per_run: given.CpusPerRun = None,
    gpus_per_run: given.GpusPerRun = None,
) -> Work:
    """Train variants of the malleable convolution and compare them; after any end the same command goes on."""
    from training.ablate import AblateOptions, run
    from training.ablate.options import check_host, parse_seeds
    from training.ablate.variants import parse_only

    check_host(host)
    shared = TrainOptions(
        data=data, out=out, model=MALLEABLE_PREFIX + host, dataset=dataset, depth=cast("Any", depth),
        recipe=cast("Any", recipe), loss=cast("Any", loss), epochs=epochs, batch_size=batch_size,
        learning_rate=learning_rate, input_size=maybe_size("--input-size", input_size), encoder_weights=encoder_weights,
        init=init, workers=workers, cache=cache, device=device, precision=precision, validate_every=validate_every,
        limit_train_batches=limit_train_batches, limit_val_batches=limit_val_batches,
    )  # fmt: skip
    options = AblateOptions(
        run=shared, host=host, seeds=parse_seeds(seeds), only=parse_only(only), launcher=launcher, parallel=parallel,
        ray_address=ray_address, cpus_per_run=cpus_per_run, gpus_per_run=gpus_per_run,
    )  # fmt: skip
    return partial(run, options)


@cli.command()
def export(
    to: given.Runtime,
    out: given.ExportedFile,
    model: given.Exported = DEFAULT_MODEL,
    precision: given.ExportedPrecision = None,
    size: given.ExportedSize = None,
    overwrite: given.ReplaceExported = False,
) -> Work:
    """Write a model as an ONNX graph or a TensorRT engine, and compare it with torch."""
    from training.export import ExportOptions, run

    options = ExportOptions(
        model=model, to=to, out=out, precision=precision, size=maybe_size("--size", size), overwrite=overwrite
    )
    return partial(run, options)


def _needed(name: str, path: Path | None) -> Path:
    if path is None:
        raise UsageError(f"{name} is missing (try rgbd-train --help)")
    return path


def _train(options: TrainOptions, interrupt: Interrupt) -> int:
    from training.start import start

    return start(options, interrupt)

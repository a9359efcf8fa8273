"""The options of `rgbd-train` with their help; the dataclasses that they fill check what they mean together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

DATA = "Data"
LEARNING = "What is learned"
HARDWARE = "Where it runs"
FILES = "Files"


def _in(panel: str, spelling: str, explained: str, metavar: str | None = None, **more: Any) -> Any:
    return typer.Option(spelling, help=explained, metavar=metavar, rich_help_panel=panel, **more)


MaybeText: TypeAlias = str | None
MaybeNumber: TypeAlias = int | None
MaybeFloat: TypeAlias = float | None
MaybePath: TypeAlias = Path | None
MaybeTexts: TypeAlias = list[str] | None
RECIPES = "strong|slides|malleable"
REQUIRED = r" [dim red]\[required][/]"  # told, not held: the parser would ask it of sub-commands too
TOLD = "what the folder says, else sunrgbd"

Data = Annotated[
    MaybePath,
    _in(DATA, "--data", f"The folder of prepared samples, such as rgbd-train rooms writes.{REQUIRED}", "DIR"),
]
Dataset = Annotated[
    MaybeText, _in(DATA, "--dataset", f"What lies in it; default: {TOLD}.", "sunrgbd|nyuv2|cityscapes|rooms")
]
Depth = Annotated[str, _in(DATA, "--depth", "As the camera gave it, or with its holes filled.", "raw|refined")]
TrainSplit = Annotated[
    str, _in(DATA, "--split", "What is trained on; train+val is for the final run.", "train|train+val")
]
InputSize = Annotated[
    MaybeText, _in(DATA, "--input-size", "What the network is fed with; default: the recipe's.", "WxH")
]
Workers = Annotated[MaybeNumber, _in(DATA, "--workers", "Processes that read and augment, for each device.", "N")]
Cache = Annotated[str, _in(DATA, "--cache", "Keep decoded samples in memory.", "none|ram")]
LimitTrain = Annotated[MaybeNumber, _in(DATA, "--limit-train-batches", "Batches in an epoch, at most.", "N")]
LimitVal = Annotated[MaybeNumber, _in(DATA, "--limit-val-batches", "Batches in a validation, at most.", "N")]

Model = Annotated[str, _in(LEARNING, "--model", "A name (see rgbd-live models).", "NAME")]
NetworkOptions = Annotated[
    MaybeTexts,
    _in(
        LEARNING,
        "--network",
        "A choice within the model, such as stages=1,2 kernels=2 rebalance=no; any number.",
        "NAME=VALUE",
    ),
]
Recipe = Annotated[str, _in(LEARNING, "--recipe", "How it is trained; see docs/training.md.", RECIPES)]
Loss = Annotated[
    str, _in(LEARNING, "--loss", "Cross-entropy, alone or with one that follows IoU.", "ce|lovasz|jaccard")
]
Epochs = Annotated[MaybeNumber, _in(LEARNING, "--epochs", "Passes over the data; default: the recipe's.", "N")]
MaxMinutes = Annotated[
    MaybeFloat, _in(LEARNING, "--max-minutes", "A time budget, which the learning rate follows.", "M")
]
BatchSize = Annotated[MaybeNumber, _in(LEARNING, "--batch-size", "For each device; default: the recipe's.", "N")]
LearningRate = Annotated[MaybeFloat, _in(LEARNING, "--lr", "The highest; default: the recipe's.", "RATE")]
EncoderWeights = Annotated[
    MaybeText, _in(LEARNING, "--encoder-weights", "What the encoders start from (ImageNet).", "FILE|download|none")
]
Init = Annotated[MaybeText, _in(LEARNING, "--init", "A trained model that the whole network starts from.", "FILE|NAME")]
NoDepth = Annotated[bool, _in(LEARNING, "--no-depth", "Learn from colour alone.")]
Seed = Annotated[int, _in(LEARNING, "--seed", "Of weights, order and augmentation.", "S")]

Device = Annotated[str, _in(HARDWARE, "--device", "What trains.", "auto|cpu|cuda")]
Devices = Annotated[str, _in(HARDWARE, "--devices", "How many of them (auto: all GPUs, or one CPU process).", "N")]
Nodes = Annotated[int, _in(HARDWARE, "--nodes", "How many machines.", "N")]
Strategy = Annotated[str, _in(HARDWARE, "--strategy", "Lightning's word for how they share the work.", "auto|ddp|...")]
Precision = Annotated[
    str, _in(HARDWARE, "--precision", "auto: what the recipe allows and the device has.", "auto|fp32|bf16|fp16")
]

Out = Annotated[
    MaybePath, _in(FILES, "--out", f"The folder for best.safetensors, last.ckpt and the logs.{REQUIRED}", "DIR")
]
Resume = Annotated[bool, _in(FILES, "--resume", "Go on with the run in --out, if there is one.")]
Overwrite = Annotated[bool, _in(FILES, "--overwrite", "Replace the run in --out.")]
Export = Annotated[str, _in(FILES, "--export", "Precision of the weights in best.safetensors.", "fp32|fp16")]
ValidateEvery = Annotated[int, _in(FILES, "--validate-every", "Epochs from one validation to the next.", "N")]
FastDevRun = Annotated[bool, _in(FILES, "--fast-dev-run", "One batch through everything, files included.")]

Count = Annotated[int, typer.Option("--count", help="How many samples.", metavar="N")]
FirstRoom = Annotated[int, typer.Option("--seed", help="The first room; sample i shows room S + i.", metavar="S")]
FramesPerRoom = Annotated[int, typer.Option("--frames-per-room", help="Samples of each room.", metavar="N")]
PictureSize = Annotated[str, typer.Option("--size", help="Of the pictures.", metavar="WxH")]
Processes = Annotated[MaybeNumber, typer.Option("--workers", help="Processes; default: one a processor.", metavar="W")]
Layout = Annotated[str, typer.Option("--layout", help="How they lie on disk.", metavar="prepared|sunrgbd")]
ValShare = Annotated[float, typer.Option("--val-share", help="The share of rooms kept for validation.", metavar="P")]
SampleFolder = Annotated[Path, typer.Option("--out", help="The folder for the samples.", metavar="DIR")]

Download = Annotated[str, typer.Option("--dataset", help="Whose download it is.", metavar="sunrgbd|nyuv2|cityscapes")]
Source = Annotated[
    Path,
    typer.Option("--source", help="The folder with the official downloads, as they came or unpacked.", metavar="DIR"),
]
Classes = Annotated[MaybeNumber, typer.Option("--classes", help="Of NYUDv2; default: 40.", metavar="40|37|13")]
Partial = Annotated[bool, typer.Option("--partial", help="Go on without what is missing or damaged.")]

Samples = Annotated[Path, typer.Option("--data", help="The folder of prepared samples.", metavar="DIR")]
Scored = Annotated[str, typer.Option("--model", help="A model file, a checkpoint, or a name.", metavar="FILE|NAME")]
DatasetName = Annotated[
    MaybeText,
    typer.Option("--dataset", help=f"What lies there; default: {TOLD}.", metavar="sunrgbd|nyuv2|cityscapes|rooms"),
]
DepthName = Annotated[
    str, typer.Option("--depth", help="As the camera gave it, or with its holes filled.", metavar="raw|refined")
]
ReportFolder = Annotated[
    MaybePath, typer.Option("--out", help="The folder for the report; without it only the table.", metavar="DIR")
]
Split = Annotated[str, typer.Option("--split", help="Which samples.", metavar="train|val|test")]
MultiScale = Annotated[bool, typer.Option("--multi-scale", help="Also at several scales, each mirrored too.")]
Limit = Annotated[MaybeNumber, typer.Option("--limit", help="Score N of them, spread evenly.", metavar="N")]
ScoringDevice = Annotated[str, typer.Option("--device", help="Where it runs.", metavar="auto|cpu|cuda[:N]")]
ScoringEngine = Annotated[
    str, typer.Option("--engine", help="What runs the network.", metavar="torch|auto|onnx|openvino|tensorrt")
]
ScoringPrecision = Annotated[
    str, typer.Option("--precision", help="auto: as rgbd-live takes it.", metavar="auto|fp32|fp16|bf16|int8")
]
ReplaceReport = Annotated[bool, typer.Option("--overwrite", help="Replace a report that exists.")]

GRID = "Which runs"
GridData = Annotated[Path, _in(DATA, "--data", "The folder of prepared samples.", "DIR")]
GridFolder = Annotated[Path, _in(FILES, "--out", "The folder for the runs and the report.", "DIR")]
Host = Annotated[str, _in(GRID, "--host", "The model whose convolutions are replaced.", "NAME")]
Seeds = Annotated[str, _in(GRID, "--seeds", "How many (from 0), or a list such as 0,1,2.", "N|LIST")]
Only = Annotated[
    MaybeText,
    _in(
        GRID, "--only", "These ablations, with commas; default: all.", "convolution,range,rebalancing,kernels,location"
    ),
]
Parallel = Annotated[
    MaybeNumber, _in(HARDWARE, "--parallel", "Runs at a time; default: one, or one for each GPU.", "N")
]
Launcher = Annotated[str, _in(HARDWARE, "--launcher", "On this machine, or on a Ray cluster.", "local|ray")]
RayAddress = Annotated[
    MaybeText, _in(HARDWARE, "--ray-address", "Of a cluster; default: one on this machine.", "auto|HOST:PORT")
]
CpusPerRun = Annotated[MaybeNumber, _in(HARDWARE, "--cpus-per-run", "What a run reserves of the cluster.", "N")]
GpusPerRun = Annotated[MaybeFloat, _in(HARDWARE, "--gpus-per-run", "The same; default: one where there are any.", "N")]

Drawn = Annotated[Path, typer.Option("--out", help="The picture.", metavar="OUT.png")]
DrawnRecipe = Annotated[str, typer.Option("--recipe", help="Whose augmentation.", metavar=RECIPES)]
DrawnCount = Annotated[int, typer.Option("--count", help="How many samples.", metavar="N")]
DrawnEpochs = Annotated[int, typer.Option("--epochs", help="How many versions of each.", metavar="N")]
DrawnSeed = Annotated[int, typer.Option("--seed", help="As in training, which then sees the same.", metavar="S")]
DrawnSize = Annotated[
    MaybeText, typer.Option("--input-size", help="What the network is fed with; default: the recipe's.", metavar="WxH")
]
ReplaceDrawn = Annotated[bool, typer.Option("--overwrite", help="Replace a picture that exists.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"rgbd-train {version('rgbd-live')}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)]

Exported = Annotated[str, typer.Option("--model", help="A name, a model file, or a checkpoint.", metavar="NAME|FILE")]
Runtime = Annotated[str, typer.Option("--to", help="What will run it.", metavar="onnx|tensorrt")]
ExportedFile = Annotated[
    Path, typer.Option("--out", help="The file: .onnx or .engine. A parity report goes beside it.", metavar="FILE")
]
ExportedPrecision = Annotated[
    MaybeText,
    typer.Option("--precision", help="Default: fp32 for onnx, fp16 for tensorrt.", metavar="fp32|fp16"),
]
ExportedSize = Annotated[
    MaybeText, typer.Option("--size", help="What frames become; default: what the model says.", metavar="WxH")
]
ReplaceExported = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]

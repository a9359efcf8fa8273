"""The words of the command line: parses and wires, nothing else."""

from __future__ import annotations

from typing import Any, cast

import typer

from app import command_line_options as given
from app.bench.options import ALL, BenchOptions, parse_engines, parse_list
from app.measure import MeasureOptions, parse_pixel
from app.measure import run as measure_run
from app.options import DEFAULT_MODEL, LiveOptions, parse_size
from console.interrupt import Interrupt
from console.parse import parse, printing, refuse_options_before

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")


def run(arguments: list[str], interrupt: Interrupt, started_s: float) -> int:
    """Parse and do; returns the exit code. Raises UsageError for what cannot be parsed, and what app.live raises."""
    wanted = parse(cli, arguments)
    # Out here, because the parser has ideas of its own about Ctrl-C and exit codes.
    if isinstance(wanted, MeasureOptions):
        return printing(lambda: measure_run(wanted))
    if isinstance(wanted, BenchOptions):
        from app.bench.run import run as bench_run

        return bench_run(wanted, interrupt)
    if not isinstance(wanted, LiveOptions):
        return int(wanted or 0)
    from app.live import play

    play(wanted, interrupt, started_s=started_s)
    return 0


@cli.callback(invoke_without_command=True)
def live(
    context: typer.Context,
    camera: given.Camera = None,
    serial: given.Serial = None,
    size: given.Size = None,
    fps: given.Fps = None,
    bag: given.Bag = None,
    frames: given.Frames = None,
    depth_unit: given.DepthUnit = None,
    rooms: given.Rooms = None,
    model: given.Model = DEFAULT_MODEL,
    engine: given.Engine = "auto",
    device: given.Device = "auto",
    precision: given.Precision = "auto",
    view: given.View = "auto",
    real_time: given.RealTime = False,
    loop: given.Loop = False,
    max_frames: given.MaxFrames = None,
    palette: given.Palette = "standard",
    smooth: given.Smooth = False,
    port: given.Port = None,
    host: given.Host = None,
    allow_remote: given.AllowRemote = False,
    record: given.Record = None,
    save_video: given.SaveVideo = None,
    video_layout: given.VideoLayout = "overlay",
    save_masks: given.SaveMasks = None,
    save_cloud: given.SaveCloud = None,
    save_map: given.SaveMap = None,
    save_dataset: given.SaveDataset = None,
    screenshot: given.Screenshot = None,
    stats: given.Stats = None,
    overwrite: given.Overwrite = False,
    version: given.Version = False,
) -> LiveOptions | int:
    """See what every pixel is and where it is: labelled RGB-D, live, from a recording, or the built-in demo."""
    if context.invoked_subcommand is not None:
        refuse_options_before(context, context.invoked_subcommand)
        return 0
    return LiveOptions(
        camera=camera, serial=serial, size=None if size is None else parse_size(size), fps=fps,
        bag=bag, frames=frames, depth_unit_m=depth_unit, rooms=rooms,
        model=model, engine=engine, device=device, precision=cast("Any", precision),
        view=view, palette=cast("Any", palette), smooth=smooth, real_time=real_time, loop=loop, max_frames=max_frames,
        port=port, host=host, allow_remote=allow_remote,
        record=record, save_video=save_video, video_layout=cast("Any", video_layout), save_masks=save_masks,
        save_cloud=save_cloud, save_map=save_map, save_dataset=save_dataset,
        screenshot=screenshot, stats=stats, overwrite=overwrite,
    )  # fmt: skip


@cli.command()
def devices(json: given.Json = False) -> int:
    """List the cameras that are plugged in, with serial number, USB speed and modes."""
    from app.devices import run

    return printing(lambda: run(as_json=json))


@cli.command()
def models(
    json: given.Json = False,
    classes: given.Classes = 37,
    size: given.CountedAt = "320x240",
) -> int:
    """List the models with their number of parameters, size and operations, all counted, none typed in."""
    from app.models_command import run

    return printing(lambda: run(as_json=json, classes=classes, size=parse_size(size)))


@cli.command()
def measure(
    at: given.At,
    frame: given.FramePosition = 0,
    to: given.To = None,
    region: given.Region = False,
    bag: given.Bag = None,
    frames: given.Frames = None,
    depth_unit: given.DepthUnit = None,
    model: given.Model = DEFAULT_MODEL,
    engine: given.Engine = "auto",
    device: given.Device = "auto",
    precision: given.Precision = "auto",
) -> MeasureOptions:
    """Answer a click as JSON: class, confidence, place in metres, distance to another pixel, size of the thing."""
    return MeasureOptions(
        frame=frame, at=parse_pixel("--at", at), to=None if to is None else parse_pixel("--to", to), region=region,
        bag=bag, frames=frames, depth_unit_m=depth_unit,
        model=model, engine=engine, device=device, precision=precision,
    )  # fmt: skip


@cli.command()
def bench(
    engines: given.Engines = ALL,
    models: given.Models = DEFAULT_MODEL,
    frames: given.BenchFrames = 60,
    runs: given.Runs = 3,
    bag: given.Bag = None,
    frames_dir: given.FramesDir = None,
    real_time: given.BenchRealTime = False,
    device: given.Device = "auto",
    precision: given.Precision = "auto",
    out: given.BenchOut = None,
    against: given.Against = None,
    overwrite: given.Overwrite = False,
) -> BenchOptions:
    """Measure the whole path here, from the frame to the painted overlay, for each engine and model."""
    return BenchOptions(
        engines=parse_engines(engines), models=parse_list("--models", models), frames=frames, runs=runs,
        bag=bag, frames_dir=frames_dir, real_time=real_time, device=device, precision=precision,
        out=out, against=against, overwrite=overwrite,
    )  # fmt: skip


@cli.command()
def doctor(json: given.Json = False) -> int:
    """Check what is installed and works here, with the cure for what does not."""
    from app.doctor import run

    return printing(lambda: run(as_json=json))

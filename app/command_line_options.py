"""The options of `rgbd-live` with their help; app.options checks what they mean together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from segmentation.engines.engine import ENGINE_NAMES, PRECISIONS

SOURCE = "Source (default: the built-in demo)"
MODEL = "Model"
PLAYING = "Playing"
FILES = "Files to write"


def _in(panel: str, explained: str, metavar: str | None = None, **more: Any) -> Any:
    return typer.Option(help=explained, metavar=metavar, rich_help_panel=panel, **more)


def _flag(panel: str, spelling: str, explained: str, **more: Any) -> Any:
    return typer.Option(spelling, help=explained, rich_help_panel=panel, **more)


MaybeText: TypeAlias = str | None
MaybeNumber: TypeAlias = int | None
MaybePath: TypeAlias = Path | None

Camera = Annotated[MaybeText, _in(SOURCE, "A live camera: realsense.", "KIND")]
Serial = Annotated[MaybeText, _in(SOURCE, "Which camera, by its serial number.", "S")]
Size = Annotated[MaybeText, _in(SOURCE, "The image size of a camera, such as 640x480, or of rooms (320x240).", "WxH")]
Fps = Annotated[MaybeNumber, _in(SOURCE, "Frames per second of a camera, or of rooms (10).", "N")]
Bag = Annotated[MaybePath, _in(SOURCE, "A RealSense recording, .bag or .db3.", "FILE")]
Frames = Annotated[MaybePath, _in(SOURCE, "A folder of colour and depth image pairs with intrinsics.", "DIR")]
DepthUnit = Annotated[float | None, _in(SOURCE, "With --frames: metres per depth step, such as 0.001.", "M")]
Rooms = Annotated[MaybeNumber, _in(SOURCE, "An endless walk through the procedural room of this number.", "SEED")]

Model = Annotated[
    str, _in(MODEL, "A name (see rgbd-live models) or a file; none: only look and record.", "NAME|FILE|none")
]
Engine = Annotated[
    str,
    _in(
        MODEL,
        "What runs the network; auto: the quickest that works here.",
        "|".join(ENGINE_NAMES),
    ),
]
Device = Annotated[str, _in(MODEL, "Where it runs.", "auto|cpu|cuda[:N]")]
Precision = Annotated[str, _in(MODEL, "auto: fp16 on CUDA, fp32 on a CPU.", "|".join(PRECISIONS))]

View = Annotated[
    str,
    _in(
        PLAYING,
        "A window, with clouds or plain (press h in it for its keys), a page for browsers, or a line in the terminal.",
        "auto|3d|2d|web|none",
    ),
]
RealTime = Annotated[
    bool,
    _flag(
        PLAYING,
        "--real-time/--every-frame",
        "Recordings: keep to the clock and drop what is late, or play every frame once.",
    ),
]
Loop = Annotated[bool, _flag(PLAYING, "--loop", "Begin again at the end.")]
MaxFrames = Annotated[MaybeNumber, _in(PLAYING, "Stop after N frames, counted across loops.", "N")]
Smooth = Annotated[
    bool, _flag(PLAYING, "--smooth", "Steady the labels over time, where depth and colour say that nothing moved.")
]
Palette = Annotated[
    str,
    _in(PLAYING, "The classes' colours; the second can be told apart by colour-blind people.", "standard|colour-blind"),
]
Port = Annotated[
    MaybeNumber, _in(PLAYING, "For --view web: its port; 0 for any that is free (8080, or the next that is free).", "P")
]
Host = Annotated[
    MaybeText, _in(PLAYING, "For --view web: the address it listens on, 0.0.0.0 for all (127.0.0.1).", "ADDRESS")
]
AllowRemote = Annotated[
    bool,
    _flag(PLAYING, "--allow-remote", "For --view web: also for other machines, to whoever has the token it prints."),
]

Record = Annotated[MaybePath, _in(FILES, "The frames as the camera gave them; plays again with --bag.", "OUT.db3")]
SaveVideo = Annotated[MaybePath, _in(FILES, "The overlay as a video.", "OUT.mp4")]
VideoLayout = Annotated[str, _in(FILES, "The overlay alone, or beside the camera's picture.", "overlay|side-by-side")]
SaveMasks = Annotated[MaybePath, _in(FILES, "A palette PNG of labels for every frame, and classes.json.", "DIR")]
SaveCloud = Annotated[
    MaybePath,
    _in(FILES, "The last frame's coloured, labelled points; every frame's with {index} in the name.", "OUT.ply"),
]
SaveMap = Annotated[MaybePath, _in(FILES, "One labelled surface of all frames, while the camera moves.", "OUT.ply")]
SaveDataset = Annotated[
    MaybePath, _in(FILES, "Colour, depth, labels and confidence of every frame, as rgbd-train reads them.", "DIR")
]
Screenshot = Annotated[MaybePath, _in(FILES, "The last frame as the window shows it.", "OUT.png")]
Stats = Annotated[MaybePath, _in(FILES, "Counters, frame rate and the time of every stage.", "OUT.json")]
Overwrite = Annotated[bool, _flag(FILES, "--overwrite", "Replace files that exist.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"rgbd-live {version('rgbd-live')}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)]
FramePosition = Annotated[int, typer.Option("--frame", metavar="N", help="Which frame, from 0 on.")]
At = Annotated[str, typer.Option(metavar="X,Y", help="The pixel to ask about: column and row from 0 on.")]
To = Annotated[MaybeText, typer.Option(metavar="X,Y", help="Also the distance to this pixel.")]
Region = Annotated[bool, typer.Option("--region", help="Also area, box and middle of the thing at the pixel.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Classes = Annotated[int, typer.Option(metavar="N", help="Number of classes the models are built for.")]
CountedAt = Annotated[str, typer.Option(metavar="WxH", help="Input size at which operations are counted.")]

Engines = Annotated[
    str, typer.Option(metavar="NAME,...", help="Which engines: torch, onnx, openvino, tensorrt, torch-compile, or all.")
]
Models = Annotated[str, typer.Option(metavar="NAME|FILE,...", help="Which models, by name or file.")]
BenchFrames = Annotated[int, typer.Option("--frames", metavar="N", help="Frames of one run, warm-up not counted.")]
Runs = Annotated[int, typer.Option(metavar="R", help="Runs of each engine and model; they take turns.")]
FramesDir = Annotated[MaybePath, _in(SOURCE, "A folder of colour and depth image pairs.", "DIR")]
BenchRealTime = Annotated[
    bool, _flag(SOURCE, "--real-time", "Play at the recording's own pace and count the frames that are lost.")
]
BenchOut = Annotated[MaybePath, typer.Option("--out", metavar="FILE.json", rich_help_panel=FILES, help="Every figure.")]
Against = Annotated[
    MaybePath, typer.Option(metavar="FILE.json", help="Compare with an earlier bench: what changed beyond the noise.")
]

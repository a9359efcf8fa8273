"""Makes the pictures and tables of docs/model_card.md from training runs and their evaluations.

    python benchmarks/model_card/figures.py --run "NAME=RUN" [--run ...]

The first run is the network that ships. What a run must hold, and the commands that write it, stands in runs.py.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from card_tables import card_tables, fill
from curves import curves_picture
from PIL import Image
from runs import CardRun, read_run

EVALUATION_PICTURES = ("samples", "worst", "reliability", "confusion")
PHOTOGRAPHS = ("samples", "worst")  # they shrink to a fifth as JPEG
JPEG_QUALITY, JPEG_WIDTH = 85, 1300


def main() -> None:
    options = parse()
    runs = [read_run(name, folder) for name, folder in options.run]
    options.pictures.mkdir(parents=True, exist_ok=True)
    written = {"model_card_curves.png": curves_picture(runs), **evaluation_pictures(runs[0])}
    for name, content in written.items():
        (options.pictures / name).write_bytes(content)
    fill(options.card, card_tables(runs))
    print(f"{options.card}: tables filled in; {options.pictures}: {', '.join(written)}")


def evaluation_pictures(run: CardRun) -> dict[str, bytes]:
    """The pictures of the run's evaluation, small enough for a document."""
    found = {}
    for name in EVALUATION_PICTURES:
        content = (run.folder / "evaluation" / f"{name}.png").read_bytes()
        if name in PHOTOGRAPHS:
            found[f"model_card_{name}.jpg"] = as_jpeg(content)
        else:
            found[f"model_card_{name}.png"] = content
    return found


def as_jpeg(content: bytes) -> bytes:
    image = Image.open(io.BytesIO(content)).convert("RGB")
    height = round(image.height * JPEG_WIDTH / image.width)
    shrunk = io.BytesIO()
    image.resize((JPEG_WIDTH, height), Image.Resampling.LANCZOS).save(shrunk, "JPEG", quality=JPEG_QUALITY)
    return shrunk.getvalue()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", action="append", required=True, type=named_folder, metavar="NAME=RUN")
    parser.add_argument("--card", type=Path, default=Path("docs/model_card.md"))
    parser.add_argument("--pictures", type=Path, default=Path("docs/pictures"))
    return parser.parse_args()


def named_folder(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not (name and equals and folder):
        raise argparse.ArgumentTypeError(f"{text}: write it as NAME=RUN, such as 'colour only=out/color'")
    return name, Path(folder)


if __name__ == "__main__":
    main()

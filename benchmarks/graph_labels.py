"""Labels by way of the exported graph, against torch's logits, interpolated bilinearly, and argmax.

The trained network that comes with the program; the demo's frames, and real ones where the sample data are at hand:

    python benchmarks/graph_labels.py [--data DIR]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from console.check_frames import demo_frames
from segmentation.engines.onnx_engine import OnnxEngine
from segmentation.engines.request import CheckFrame
from segmentation.graphs.export import export_graph
from segmentation.model_source import ModelSource, find_model
from segmentation.models import DEFAULT_MODEL
from segmentation.networks.network import Network
from segmentation.preprocess import Preprocessor
from sensors.align import Aligner
from sensors.open import SourceOptions, open_source

FRAMES = 20
REAL = ("kitchen_sequence", "realsense_rooms")
CONFIDENT = 0.5


def real_frames(folder: Path) -> Iterator[CheckFrame]:
    """Of a folder of images, spread over it."""
    align = Aligner()
    with open_source(SourceOptions(frames=folder, depth_unit_m=0.001)) as source:
        count = source.info.frame_count or FRAMES
        for index, raw in enumerate(source):
            if index % max(1, count // FRAMES) == 0:
                frame = align(raw)
                yield CheckFrame(frame.color, frame.depth_m, (frame.intrinsics.fx, frame.intrinsics.fy))


@torch.inference_mode()
def bilinear_then_argmax(source: ModelSource, network: Network, frame: CheckFrame) -> tuple[Tensor, Tensor]:
    """Labels and confidence (H, W) by torch alone."""
    prepared = Preprocessor(source.card.input_size, source.card.normalisation)(*frame)
    logits = network(prepared.color, prepared.depth_m, prepared.focal_px)
    size = frame.color.shape[:2]
    labels = F.interpolate(logits, size=size, mode="bilinear").argmax(dim=1)[0] + 1
    return labels, F.interpolate(logits.softmax(dim=1).amax(dim=1)[None], size=size, mode="bilinear")[0, 0]


def agreement(engine: OnnxEngine, source: ModelSource, frames: Iterable[CheckFrame]) -> tuple[float, float, int]:
    """The share of equal labels of all pixels and of confident ones, and how many frames."""
    network = source.network()
    same = total = same_sure = sure = count = 0
    for frame in islice(frames, FRAMES):
        labels, confidence = bilinear_then_argmax(source, network, frame)
        equal = labels == torch.from_numpy(engine.run(*frame).labels)
        confident = confidence >= CONFIDENT
        same, total = same + int(equal.sum()), total + equal.numel()
        same_sure, sure, count = same_sure + int(equal[confident].sum()), sure + int(confident.sum()), count + 1
    return same / total, same_sure / sure, count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    data: Path = parser.parse_args().data
    source = find_model(DEFAULT_MODEL)
    sets = {"demo": demo_frames} | {
        name: lambda name=name: real_frames(data / name) for name in REAL if (data / name).is_dir()
    }
    print(f"{DEFAULT_MODEL}: labels as bilinear and argmax in torch, in % of all pixels (of confident ones)")
    with tempfile.TemporaryDirectory() as folder:
        for precision in ("fp32", "fp16"):
            path = Path(folder) / f"{precision}.onnx"
            export_graph(source.card, source.network(), path, precision=precision)
            engine = OnnxEngine(source.card, path)
            for name, frames in sets.items():
                every, confident, count = agreement(engine, source, frames())
                print(
                    f"  {precision}  {name:18} {count:3} frames  {100 * every:9.5f} ({100 * confident:.5f})", flush=True
                )


if __name__ == "__main__":
    main()

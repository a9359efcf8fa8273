"""Two choices about graphs: how their logits lie, and whether ONNX Runtime's waiting threads spin.

Whole label step, network to labels of 640x480, on frames of the demo. Spinning threads matter where somebody else wants
a core, as capture, drawing and recording do: the second table has a process beside that is never idle.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from _measure import THREADS, medians_ms, print_heading
from torch import Tensor

from console.check_frames import demo_frames
from segmentation.graphs import export as exporting
from segmentation.graphs.ends import GraphNetwork, GraphOutput
from segmentation.graphs.export import export_graph
from segmentation.graphs.libraries import need
from segmentation.labels import BestClass, label_map
from segmentation.model_source import find_model
from segmentation.models import DEFAULT_MODEL
from segmentation.preprocess import Preprocessor

SIZE = (480, 640)
onnxruntime, openvino = need("onnxruntime", "this benchmark"), need("openvino", "this benchmark")
Run = Callable[[dict[str, Any]], Any]


class PlaneByPlane(GraphNetwork):
    """As a graph is usually written: logits (1, C, h, w)."""

    def forward(self, color: Tensor, depth_m: Tensor, focal_px: Tensor) -> GraphOutput:
        """See GraphNetwork."""
        logits = self.network(color, depth_m, focal_px)
        peak, best = logits.max(dim=1)
        confidence = (logits - peak.unsqueeze(1)).exp().sum(dim=1).reciprocal()
        return GraphOutput((best + 1).to(torch.int32), confidence, logits)


def in_onnx_runtime(path: Path, *, spinning: bool) -> Run:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda fed: session.run(None, fed)


def in_openvino(path: Path) -> Run:
    hints = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": THREADS}
    request = openvino.Core().compile_model(path, "CPU", hints).create_infer_request()
    return lambda fed: list(request.infer(fed).values())


def labelled(run: Run, fed: dict[str, Any], *, by_pixel: bool) -> None:
    labels, confidence, logits = run(fed)
    planes = torch.from_numpy(logits)
    label_map(planes.permute(0, 3, 1, 2) if by_pixel else planes, SIZE, BestClass(labels[0], confidence[0]))


def main() -> None:
    torch.set_num_threads(THREADS)
    source = find_model(DEFAULT_MODEL)
    frame = Preprocessor(source.card.input_size, source.card.normalisation)(*next(islice(demo_frames(), 30, None)))
    fed = {
        "color": frame.color.contiguous().numpy(),
        "depth_m": frame.depth_m.numpy(),
        "focal_px": frame.focal_px.numpy(),
    }
    with tempfile.TemporaryDirectory() as folder:
        by_pixel, by_plane = Path(folder) / "pixel.onnx", Path(folder) / "plane.onnx"
        export_graph(source.card, source.network(), by_pixel)
        exporting.GraphNetwork = PlaneByPlane
        export_graph(source.card, source.network(), by_plane)
        ways = {}
        for layout, path in (("NHWC", by_pixel), ("NCHW", by_plane)):
            runs = {
                "OpenVINO": in_openvino(path),
                "ONNX Runtime": in_onnx_runtime(path, spinning=False),
                "ONNX Runtime, spinning": in_onnx_runtime(path, spinning=True),
            }
            for name, run in runs.items():
                ways[f"{name}, {layout}"] = lambda run=run, last=layout == "NHWC": labelled(run, fed, by_pixel=last)
        for beside in (0, 1):
            print_heading(f"network and labels of {SIZE[1]}x{SIZE[0]}, {beside} busy processes beside")
            busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(beside)]
            try:
                for name, ms in medians_ms(ways, repeats=25).items():
                    print(f"  {name:30} {ms:7.1f} ms")
            finally:
                for process in busy:
                    process.kill()


if __name__ == "__main__":
    main()

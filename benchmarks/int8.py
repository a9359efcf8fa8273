"""The default network in OpenVINO as float32, bf16 and int8: speed, and labels that stay, on the demo's frames.

All precisions take turns on each frame in one process, two threads; the table has medians. Labels are compared with
float32's at the network's resolution, on the 32 frames of the parity gate, which int8 is not scaled by.
What int8 costs in mIoU:

    rgbd-train rooms --count 200 --seed 71000 --frames-per-room 4 --out out/test
    rgbd-train evaluate --data out/test --split test --engine openvino --precision int8      (and fp32, bf16)

    python benchmarks/int8.py
"""

from __future__ import annotations

import statistics
import time
from itertools import islice

import torch
from _measure import THREADS, print_heading

from console.check_frames import DEMO_CHECK_FRAMES
from segmentation.engines.engine import Precision
from segmentation.engines.openvino_engine import OpenVinoEngine, make
from segmentation.engines.parity import CONFIDENT, LEAST_FRAMES
from segmentation.engines.request import EngineRequest
from segmentation.errors import EngineUnavailableError
from segmentation.model_source import find_model
from segmentation.models import DEFAULT_MODEL
from segmentation.preprocess import Preprocessor

PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16", "int8")


def main() -> None:
    torch.set_num_threads(THREADS)
    source = find_model(DEFAULT_MODEL)
    engines: dict[str, OpenVinoEngine] = {}
    for precision in PRECISIONS:
        request = EngineRequest(source, precision=precision, check_frames=DEMO_CHECK_FRAMES)
        try:
            engines[precision] = make(request, may_build=True).engine  # pyright: ignore[reportArgumentType]
        except EngineUnavailableError as error:
            print(f"not measured: {error}")
    taken_ms: dict[str, list[float]] = {name: [] for name in engines}
    same, sure = dict.fromkeys(engines, 0), 0
    preprocess = Preprocessor(source.card.input_size, source.card.normalisation)
    for frame in islice(DEMO_CHECK_FRAMES(), LEAST_FRAMES):
        outputs, network_input = {}, preprocess(*frame)
        for name, engine in engines.items():
            started_s = time.perf_counter()
            outputs[name] = engine.network_output(network_input).best
            taken_ms[name].append(1e3 * (time.perf_counter() - started_s))
        confident = outputs["fp32"].confidence >= CONFIDENT
        sure += int(confident.sum())
        for name, best in outputs.items():
            same[name] += int((best.labels == outputs["fp32"].labels)[confident].sum())
    print_heading(f"{DEFAULT_MODEL} in OpenVINO, {len(taken_ms['fp32'])} frames of the demo")
    print(f"{'':8}{'ms':>8}{'of fp32':>9}{'sure labels that stay':>23}")
    for name, taken in taken_ms.items():
        ratio = statistics.median(taken) / statistics.median(taken_ms["fp32"])
        print(f"{name:8}{statistics.median(taken):>8.1f}{ratio:>9.2f}{100 * same[name] / sure:>21.2f} %")


if __name__ == "__main__":
    main()

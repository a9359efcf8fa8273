"""The engines side by side in one process: what one frame costs in each, stage by stage, and the ratio to torch.

The engines are those of the live program, accepted by its parity gate, on the frames of the demo; they take turns frame
by frame, so that a busy moment meets all. The stages' times are the engines' own.

    python benchmarks/engines.py [--model NAME|FILE] [--engines NAME,...] [--frames N]
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from typing import TYPE_CHECKING, Literal

from _measure import THREADS, print_heading

from console.check_frames import DEMO_CHECK_FRAMES, demo_frames
from console.threads import let_threads_sleep
from segmentation.errors import EngineUnavailableError
from segmentation.models import DEFAULT_MODEL

if TYPE_CHECKING:
    from segmentation.engines.engine import Engine

STAGES = ("preprocess", "inference", "postprocess", "all", "processor")
WARM_UP = 5


def engine_of(name: str, model: str, precision: Literal["auto", "fp32", "bf16", "int8"]) -> Engine | None:
    """The engine, or None with the reason printed."""
    from segmentation.engines.choose import choose_engine
    from segmentation.engines.request import EngineRequest
    from segmentation.model_source import find_model

    request = EngineRequest(find_model(model), device="cpu", precision=precision, check_frames=DEMO_CHECK_FRAMES)
    try:
        return choose_engine(name, request).engine
    except EngineUnavailableError as error:
        print(error)
        return None


def measure(engines: dict[str, Engine], frames: int) -> dict[str, dict[str, float]]:
    """Medians in milliseconds by engine and stage."""
    taken: dict[str, list[tuple[float, ...]]] = {name: [] for name in engines}
    for frame in itertools.islice(itertools.cycle(list(demo_frames())), WARM_UP + frames):
        for name, engine in engines.items():
            started_s, cpu_s = time.perf_counter(), time.process_time()
            result = engine.run(*frame)
            times = (1e3 * (time.perf_counter() - started_s), 1e3 * (time.process_time() - cpu_s))
            taken[name].append((result.preprocess_ms, result.inference_ms, result.postprocess_ms, *times))
    return {
        name: dict(zip(STAGES, map(statistics.median, zip(*rows[WARM_UP:], strict=True)), strict=True))
        for name, rows in taken.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--engines", default="torch,onnx,openvino")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--frames", type=int, default=60)
    arguments = parser.parse_args()
    let_threads_sleep()  # as the live program does, before torch comes
    import torch

    torch.set_num_threads(THREADS)
    print_heading(f"{arguments.model}, the demo's 320x240 frames, milliseconds")
    made = {name: engine_of(name, arguments.model, arguments.precision) for name in arguments.engines.split(",")}
    ms = measure({name: engine for name, engine in made.items() if engine is not None}, arguments.frames)
    print(
        f"{'':<10}"
        + "".join(f"{stage:>13}" for stage in STAGES)
        + f"{'all / torch':>13}{'network':>9}{'processor':>11}"
    )
    reference = ms.get("torch")
    for name, row in ms.items():
        ratios = (
            ""
            if reference is None
            else "".join(
                f"{row[stage] / reference[stage]:>{width}.2f}"
                for stage, width in (("all", 13), ("inference", 9), ("processor", 11))
            )
        )
        print(f"{name:<10}" + "".join(f"{row[stage]:>13.1f}" for stage in STAGES) + ratios)
    print('"processor" is the time of all threads; the ratios to torch are of "all", "inference" and "processor"')


if __name__ == "__main__":
    main()

"""What it costs to run an engine in a process of its own: milliseconds a frame, and its start.

The engine inside is torch on the CPU, here as there, so that the two differ by the way there and back alone; with an
engine that does nothing, that way is all that is left.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
from _measure import medians_ms, print_heading
from _nothing_engine import NothingRecipe

from console.threads import let_threads_sleep
from segmentation.engines.engine import EngineResult
from segmentation.engines.isolated.recipe import Recipe

SIZES = ((240, 320), (480, 640), (720, 1280))  # height, width


def frame(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    rng = np.random.default_rng(0)
    color = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    return color, rng.uniform(0.5, 4, size).astype(np.float32), (600.0, 600.0)


def fetch(result: EngineResult) -> None:
    if result.scores is None or result.scores.logits is None:
        raise RuntimeError("the logits are lost")


def main() -> None:
    with tempfile.TemporaryDirectory() as cache:
        measure(Path(cache))


def measure(cache: Path) -> None:
    let_threads_sleep()
    from segmentation.engines.isolated.engine import IsolatedEngine
    from segmentation.segmenter import load_segmenter

    print_heading("an engine in a process of its own, ms (median)")
    torch_recipe = Recipe("torch", "malleable-deresunet-lite", "cpu", "fp32", cache, None, (320, 240))
    nothing_recipe = NothingRecipe("", "", "cpu", "fp32", cache, None, (320, 240))
    here = load_segmenter(engine="torch", device="cpu")
    started_s = time.perf_counter()
    there = IsolatedEngine(torch_recipe)
    print(f"its start, with torch in it: {time.perf_counter() - started_s:.2f} s")
    nothing = IsolatedEngine(nothing_recipe)
    print(f"{'frame':>10} {'torch here':>11} {'torch there':>12} {'there and back':>15} {'fetched logits':>15}")
    for size in SIZES:
        given = frame(size)
        ways = {
            "here": lambda given=given: here.predict(*given),
            "there": lambda given=given: there.run(*given),
            "nothing": lambda given=given: nothing.run(*given),
        }
        found = medians_ms(ways, repeats=20)
        found["nothing"] = medians_ms({"nothing": ways["nothing"]}, repeats=300)["nothing"]
        results = iter([there.run(*given) for _ in range(8)])
        logits_ms = medians_ms({"logits": lambda results=results: fetch(next(results))}, repeats=7)["logits"]
        print(
            f"{size[1]:>5}x{size[0]:<4} {found['here']:>11.2f} {found['there']:>12.2f} {found['nothing']:>15.3f}"
            f" {logits_ms:>15.2f}"
        )
    there.close()
    nothing.close()


if __name__ == "__main__":
    main()

from __future__ import annotations

import time

import pytest

from app.bench import play as bench_play
from app.options import LiveOptions


@pytest.fixture
def play(monkeypatch, source, segmenter):
    """Play scripted frames with a scripted segmenter."""

    def run(*, frames=6, warm_up=2, delay_s=0.0, real_time=False, recorded=5):
        network = segmenter(delay_s=delay_s)
        network.close = lambda: setattr(network, "closed", True)
        monkeypatch.setattr(bench_play, "load_model", lambda options: network)
        monkeypatch.setattr(bench_play, "open_live_source", lambda options: source(recorded, deaf=10**6))
        options = LiveOptions(view="none", loop=True, real_time=real_time)
        setup, measured = bench_play.play(options, frames=frames, warm_up=warm_up, started_s=time.perf_counter())
        return network, setup, measured

    return run


def test_the_frames_that_warm_up_are_played_and_not_counted(play) -> None:
    network, setup, run = play(frames=6, warm_up=3)
    assert len(network.seen) == 9
    assert run.counters["segmented"] == run.counters["captured"] == 6
    assert (setup.device, setup.precision, setup.trained, setup.gpu) == ("cpu", "fp32", False, None)
    assert network.closed


def test_every_stage_from_capture_to_the_painted_overlay_has_its_times(play) -> None:
    _, _, run = play()
    assert set(run.stages_ms) == {"capture", "align", "preprocess", "inference", "postprocess", "total", "render"}
    assert run.stages_ms["inference"]["p95"] == 2.0  # as the segmenter said
    assert 0 < run.counters["shown"] <= run.counters["segmented"]
    assert 0 <= run.startup_s <= run.first_mask_s


def test_a_slow_engine_loses_frames_only_in_real_time(play) -> None:
    for real_time in (False, True):
        _, _, run = play(frames=4, warm_up=1, delay_s=0.1, real_time=real_time, recorded=60)
        assert (run.counters["overwritten"] > 0) == real_time


def test_the_real_model_runs(picture_folder) -> None:
    options = LiveOptions(frames=picture_folder, engine="torch", device="cpu", view="none", loop=True)
    setup, run = bench_play.play(options, frames=3, warm_up=1, started_s=time.perf_counter())
    assert setup.precision == "fp32"
    assert run.counters["segmented"] == 3
    assert run.peak_mb > 50
    assert run.cpu_ms > 0

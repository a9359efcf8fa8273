"""Pairing by time stamp: who belongs to whom, who is left over."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from sensors.recordings.pairing import MOST_WAITING, FramePairer, StreamFrame

T = 1 / 30


def frame(stream, stamp_s: float, number: int = -1) -> StreamFrame:
    return StreamFrame(stream, stamp_s, number, "", lambda: np.zeros(0))


def arrivals(colors_s: Iterable[float], depths_s: Iterable[float]) -> list[StreamFrame]:
    frames = [frame("depth", stamp) for stamp in depths_s] + [frame("color", stamp) for stamp in colors_s]
    return sorted(frames, key=lambda f: f.stamp_s)


def run(frames: Iterable[StreamFrame], fps: float = 30) -> tuple[list[tuple[float, float]], int]:
    pairer = FramePairer(faster_fps=fps)
    pairs = [(color.stamp_s, depth.stamp_s) for color, depth in pairer.pairs(frames)]
    return pairs, pairer.gaps


def grid(count: int, period_s: float = T, phase_s: float = 0.0, without: Iterable[int] = ()) -> list[float]:
    return [i * period_s + phase_s for i in range(count) if i not in set(without)]


@pytest.mark.parametrize("phase", [-0.49, -0.3, 0.0, 0.1, 0.49])
def test_two_streams_of_one_rate_pair_one_to_one(phase: float) -> None:
    pairs, gaps = run(arrivals(grid(20), grid(20, phase_s=phase * T)))
    assert len(pairs) == 20
    assert gaps == 0
    assert all(depth - color == pytest.approx(phase * T) for color, depth in pairs)


@pytest.mark.parametrize(
    ("lost_colors", "lost_depths", "expected", "gaps"),
    [
        ([5], [], 19, 1),
        ([], [5], 19, 1),
        ([5], [5], 19, 0),  # without numbers nothing tells that a pair is missing
        ([5], [6], 18, 2),
        ([], [0], 19, 1),
        ([0, 1, 2], [], 17, 3),
        ([], [17, 18, 19], 17, 3),
        ([3, 4, 5, 11], [8, 11, 12], 14, 5),
    ],
)
def test_a_lost_frame_costs_its_partner_and_shifts_nobody(lost_colors, lost_depths, expected, gaps) -> None:
    pairs, found = run(arrivals(grid(20, without=lost_colors), grid(20, without=lost_depths)))
    assert len(pairs) == expected
    assert all(color == depth for color, depth in pairs)
    assert found == gaps


@pytest.mark.parametrize(("color_fps", "depth_fps"), [(30, 15), (15, 30), (30, 6), (6, 90), (90, 30), (60, 60)])
@pytest.mark.parametrize("phase", [0.0, 0.3, -0.45])
def test_different_rates_pair_every_frame_of_the_slower_with_its_nearest(color_fps, depth_fps, phase) -> None:
    fast, slow = max(color_fps, depth_fps), min(color_fps, depth_fps)
    colors = [1 + i / color_fps for i in range(color_fps)]
    depths = [1 + i / depth_fps + phase / fast for i in range(depth_fps)]
    pairs, gaps = run(arrivals(colors, depths), fps=fast)
    # A phase shift may push one frame over the edge of the recording.
    assert slow - 1 <= len(pairs) <= slow
    assert all(abs(color - depth) <= 0.5 / fast + 1e-9 for color, depth in pairs)
    assert len({color for color, _ in pairs}) == len({depth for _, depth in pairs}) == len(pairs)
    assert gaps == len(colors) + len(depths) - 2 * len(pairs)


def test_free_running_streams_half_a_period_apart_do_not_lose_frames_to_jitter() -> None:
    rng = np.random.default_rng(1)
    colors = np.array(grid(300)) + rng.normal(0, 0.02 * T, 300)
    depths = np.array(grid(300, phase_s=0.5 * T)) + rng.normal(0, 0.02 * T, 300)
    pairs, _ = run(arrivals(colors.tolist(), depths.tolist()))
    assert len(pairs) >= 299


def test_a_wrong_nominal_rate_does_not_pair_with_the_neighbour() -> None:
    pairs, gaps = run(arrivals(grid(20), grid(20, without=[0])), fps=6)
    assert all(color == depth for color, depth in pairs)
    assert (len(pairs), gaps) == (19, 1)


def test_the_real_cameras_distance_pairs_and_a_whole_period_does_not() -> None:
    # The stamps of a real D435 at 6 fps: 0.61 of a period apart, nothing nearer.
    assert run(arrivals([360.713523], [360.815089, 360.981765]), fps=6) == ([(360.713523, 360.815089)], 1)
    assert run(arrivals([1.0], [1.0 + T]), fps=30) == ([], 2)


def test_pairs_missing_from_both_numberings_count_once() -> None:
    frames = [frame(stream, n * T, n) for n in (0, 1, 2, 6, 7) for stream in ("depth", "color")]
    assert run(frames)[1] == 3


def test_a_missing_number_that_left_its_partner_over_counts_once() -> None:
    frames = [frame("depth", n * T, n) for n in range(10) if n != 4] + [frame("color", n * T, n) for n in range(10)]
    assert run(sorted(frames, key=lambda f: f.stamp_s))[1] == 1


@pytest.mark.parametrize("fps", [0.0, -1.0])
def test_a_nonsense_rate_still_pairs(fps: float) -> None:
    assert len(run(arrivals(grid(5), grid(5)), fps=fps)[0]) == 5


def test_a_stream_that_stays_away_costs_no_memory() -> None:
    pairer = FramePairer(faster_fps=30)
    waiting = 0

    def only_color():
        nonlocal waiting
        for i in range(1000):
            yield frame("color", i * T)
            waiting = max(waiting, len(pairer._colors.frames))

    assert list(pairer.pairs(only_color())) == []
    assert waiting <= MOST_WAITING
    assert pairer.gaps == 1000


def test_stamps_that_jump_back_recover() -> None:
    late = arrivals([1000 + t for t in grid(50)], [1000 + t for t in grid(50)])
    early = arrivals(grid(100), grid(100))
    pairs, _ = run([*late, *early])
    assert sum(color < 500 for color, _ in pairs) >= 100 - MOST_WAITING


def test_each_stream_may_arrive_in_bursts() -> None:
    colors, depths = grid(20), grid(20)
    burst = [frame("depth", t) for t in depths] + [frame("color", t) for t in colors]
    assert run(burst) == (list(zip(colors, depths, strict=True)), 0)

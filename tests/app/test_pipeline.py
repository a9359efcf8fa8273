from __future__ import annotations

import threading
import time

import pytest

from app import segment_stage
from app.capture import Capture, CapturePolicy, Pace
from app.controls import Controls
from app.mailbox import Mailbox
from app.pipeline import Pipeline
from app.progress import Progress
from app.timing import KEPT, STAGES, StageTimes
from segmentation.errors import EngineUnavailableError
from sensors.align import Aligner
from sensors.errors import DeviceLostError, RecordingError
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(30)


class Memory:
    def __init__(self, delay_s=0.0, error_at=None):
        self.frames, self.delay_s, self.error_at = [], delay_s, error_at

    def write(self, frame, segmentation) -> None:
        time.sleep(self.delay_s)
        if frame.index == self.error_at:
            raise OSError("full")
        self.frames.append(frame)

    def close(self) -> None:
        pass

    @property
    def indices(self):
        return [frame.index for frame in self.frames]


@pytest.fixture
def build(segmenter, viewer):
    def build(source, **parts) -> Pipeline:
        policy = parts.pop("policy", CapturePolicy(drop=source.info.live))
        defaults = {"align": Aligner(), "segmenter": segmenter(), "sinks": Memory(), "viewer": viewer()}
        return Pipeline(source=source, policy=policy, **{**defaults, **parts})

    return build


def no_thread_is_left() -> bool:
    return not any(thread.name in ("capture", "segment") for thread in threading.enumerate())


def test_a_recording_gives_every_frame_once_in_order_to_a_slow_consumer(source, build) -> None:
    pipeline = build(source(30), sinks=Memory(delay_s=0.005))
    pipeline.run()
    assert pipeline.sinks.indices == list(range(30))
    progress = pipeline.progress
    assert (progress.captured, progress.segmented, progress.overwritten) == (30, 30, 0)
    assert pipeline.viewer.shown == sorted(set(pipeline.viewer.shown))
    assert pipeline.viewer.shown[-1] == 29  # the last is never left unseen
    assert progress.shown == len(pipeline.viewer.shown)
    assert list(progress.frame_numbers) == [1000 + index for index in range(30)]
    assert no_thread_is_left()


def test_a_camera_gives_the_newest_frame_and_counts_the_others(source, build) -> None:
    pipeline = build(source(200, live=True, delay_s=0.001), sinks=Memory(delay_s=0.02))
    pipeline.run()
    seen, progress = pipeline.sinks.indices, pipeline.progress
    assert seen == sorted(set(seen))
    assert seen[-1] == 199
    assert progress.captured == 200
    assert progress.overwritten == 200 - len(seen) > 0
    assert progress.segmented == len(seen)


def test_a_slow_consumer_of_a_camera_holds_no_frames_back(source, build) -> None:
    """What waits is one frame: when the consumer takes it, it is the newest there is."""
    camera = source(100, live=True, delay_s=0.002)
    behind = []

    class Lagging(Memory):
        def write(self, frame, segmentation) -> None:
            behind.append(camera.given - 1 - frame.index)
            time.sleep(0.02)

    build(camera, sinks=Lagging()).run()
    assert sorted(behind)[len(behind) // 2] <= 2


@pytest.mark.parametrize("live", [False, True])
def test_what_the_source_raises_is_raised_after_its_frames(source, build, live) -> None:
    error = DeviceLostError("gone") if live else RecordingError("truncated")
    pipeline = build(source(3, live=live, delay_s=0.02, error=error))
    with pytest.raises(type(error), match=str(error)):
        pipeline.run()
    assert pipeline.sinks.indices[-1] == 2
    assert live or pipeline.sinks.indices == [0, 1, 2]
    assert no_thread_is_left()


@pytest.mark.parametrize("live", [False, True])
def test_a_source_without_frames_ends(source, build, live) -> None:
    pipeline = build(source(0, live=live))
    pipeline.run()
    assert pipeline.progress.captured == 0
    assert pipeline.progress.fps is None


def test_looping_over_nothing_ends(source, build) -> None:
    build(source(0), controls=Controls(loops=True)).run()


def test_a_stalled_source_lets_the_user_quit(source, build, viewer) -> None:
    pipeline = build(source(2, live=True, stall=True), viewer=viewer(quit_after=8))
    pipeline.run()
    assert pipeline.viewer.attended == 8
    assert no_thread_is_left()


def test_a_source_that_forgets_to_stop_is_told_again(source, build, viewer) -> None:
    build(source(1, stall=True, deaf=3), viewer=viewer(quit_after=3)).run()
    assert no_thread_is_left()


def test_a_signal_ends_the_loop_between_frames(source, build) -> None:
    memory = Memory(delay_s=0.01)
    pipeline = build(source(100), sinks=memory, stop=lambda: len(memory.frames) >= 3)
    pipeline.run()
    assert 3 <= pipeline.progress.segmented == len(memory.frames) < 100


@pytest.fixture
def hanging(segmenter, monkeypatch):
    """A segmenter that labels nothing until it is abandoned."""
    monkeypatch.setattr(segment_stage, "PATIENCE_S", 0.01)
    hanging, abandoned = segmenter(), threading.Event()
    labels, hanging.abandon = hanging.predict, abandoned.set

    def predict(*arguments):
        abandoned.wait()
        if hanging.gives_up:
            raise EngineUnavailableError("ended")
        return labels(*arguments)

    hanging.predict, hanging.gives_up = predict, True
    return hanging


def test_who_quits_waits_for_no_frame_that_hangs(source, build, viewer, hanging) -> None:
    pipeline = build(source(9), segmenter=hanging, viewer=viewer(quit_after=2))
    pipeline.run()
    assert pipeline.progress.segmented == 0
    assert no_thread_is_left()


def test_what_fails_of_itself_meanwhile_is_raised(source, build, viewer, hanging) -> None:
    hanging.gives_up = False
    with pytest.raises(OSError, match="full"):
        build(source(9), segmenter=hanging, sinks=Memory(error_at=0), viewer=viewer(quit_after=2)).run()


@pytest.mark.parametrize("part", ["align", "segmenter", "sinks", "viewer"])
def test_an_error_in_any_part_ends_the_capture_thread(source, build, segmenter, viewer, part) -> None:
    def fail(*_):
        raise ZeroDivisionError

    broken_segmenter, broken_viewer = segmenter(), viewer()
    broken_segmenter.predict, broken_viewer.show = fail, fail
    parts = {"align": fail, "segmenter": broken_segmenter, "sinks": Memory(error_at=0), "viewer": broken_viewer}
    with pytest.raises((ZeroDivisionError, OSError)):
        build(source(100), **{part: parts[part]}).run()
    assert no_thread_is_left()


def test_a_loop_begins_again_and_max_frames_counts_across_loops(source, build) -> None:
    recording = source(4)
    pipeline = build(recording, policy=CapturePolicy(drop=False), controls=Controls(loops=True), max_frames=10)
    pipeline.run()
    assert pipeline.sinks.indices == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert recording.plays == 3
    assert pipeline.progress.captured == 10


def test_max_frames_counts_results_also_when_a_seek_throws_frames_away(source, build) -> None:
    controls, memory = Controls(seekable=True, frame_count=1000), Memory()
    pipeline = build(source(1000), controls=controls, sinks=memory, max_frames=20)

    class Restless(Memory):
        def write(self, frame, segmentation) -> None:
            memory.write(frame, segmentation)
            controls.seek(10 * len(memory.frames))

    pipeline.sinks = Restless()
    pipeline.run()
    assert len(memory.frames) == 20


def test_what_came_while_the_last_result_was_looked_at_is_counted_too(source, build, viewer) -> None:
    watching, tapped = viewer(), []
    pipeline = build(
        source(5000, live=True, delay_s=0.001), viewer=watching, tap=lambda raw: tapped.append(raw.index), max_frames=1
    )
    watching.show = lambda _: wait_until(lambda: len(tapped) > 50)
    pipeline.run()
    assert pipeline.progress.captured == len(tapped)


def test_max_frames_of_a_camera_counts_results(source, build) -> None:
    pipeline = build(source(500, live=True, delay_s=0.001), sinks=Memory(delay_s=0.005), max_frames=7)
    pipeline.run()
    assert pipeline.progress.segmented == 7


def test_every_captured_frame_passes_the_tap_also_those_that_are_dropped(source, build) -> None:
    tapped = []
    pipeline = build(source(60, live=True), sinks=Memory(delay_s=0.01), tap=lambda raw: tapped.append(raw.index))
    pipeline.run()
    assert tapped == list(range(60))
    assert len(pipeline.sinks.frames) < 60


def test_real_time_keeps_to_the_clock_and_drops_what_is_late(source, build) -> None:
    pipeline = build(source(15), sinks=Memory(delay_s=0.1), policy=CapturePolicy(drop=True, paced=True))
    started_s = time.monotonic()
    pipeline.run()
    assert time.monotonic() - started_s >= 14 / 30
    assert pipeline.progress.overwritten > 0


def test_every_stage_is_measured_for_every_frame(source, build, viewer) -> None:
    pipeline = build(source(3), viewer=viewer("none"))
    pipeline.run()
    summary = pipeline.progress.times.summary()
    assert tuple(summary) == STAGES
    assert summary["inference"] == {"p50": 2.0, "p95": 2.0, "p99": 2.0}
    measured = {stage: times for stage, times in summary.items() if stage != "smooth"}  # which nobody asked for
    assert all(value is not None for times in measured.values() for value in times.values())
    assert pipeline.progress.shown == 0
    assert pipeline.progress.fps > 0


def test_spikes_and_missing_depth_reach_the_network_as_no_reading(source, build) -> None:
    pipeline = build(source(2))
    pipeline.run()
    (_, depth_m, focal_px), *_ = pipeline.segmenter.seen
    assert depth_m.max() < 4.0
    assert (depth_m[:3] == 0).all()
    assert (depth_m[:, :5] == 0).all()
    assert focal_px == (60.0, 61.0)


def test_a_full_mailbox_wakes_its_writer_when_closed() -> None:
    mailbox = Mailbox()
    assert mailbox.put(1, wait=True)
    answers = []
    writer = threading.Thread(target=lambda: answers.append(mailbox.put(2, wait=True)))
    writer.start()
    mailbox.close()
    writer.join(5)
    assert answers == [False]
    assert mailbox.take(0) == 1
    assert mailbox.finished


def test_taking_from_an_empty_mailbox_gives_up_after_the_timeout() -> None:
    assert Mailbox().take(0.01) is None


def test_a_capture_that_nobody_reads_can_be_left(source) -> None:
    with Capture(source(1000), CapturePolicy(drop=False), Controls(), Progress()):
        pass
    assert no_thread_is_left()


def test_pacing_survives_stamps_that_jump_back_and_far_ahead() -> None:
    pace, started_s = Pace(threading.Event(), catch_up=True), time.monotonic()
    for timestamp_s in (100.0, 100.01, 5.0, 5.01):
        pace.wait(timestamp_s)
    assert time.monotonic() - started_s < 1


@pytest.mark.parametrize(("catch_up", "waits_s"), [(True, []), (False, [0.1, 0.1])])
def test_after_a_pause_only_a_play_in_real_time_catches_up(monkeypatch, catch_up, waits_s) -> None:
    """Frames 0.1 s apart on a clock of our own; half a second passes before the second one is asked for."""
    clock_s, waited_s = [0.0], []

    class Sleeper(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited_s.append(timeout)
            clock_s[0] += timeout
            return False

    monkeypatch.setattr("app.capture.time.monotonic", lambda: clock_s[0])
    pace = Pace(Sleeper(), catch_up=catch_up)
    pace.wait(0.0)
    clock_s[0] += 0.5
    for timestamp_s in (0.1, 0.2, 0.3):
        pace.wait(timestamp_s)
    assert waited_s == pytest.approx(waits_s)


def test_a_slow_viewer_slows_neither_capture_nor_segmenting(source, build, viewer) -> None:
    """It sees the newest result each time; the others it misses."""
    watching = viewer()
    seen = []

    def look(result) -> None:
        seen.append(result.frame.index)
        if len(seen) == 1:
            wait_until(lambda: len(pipeline.sinks.frames) == 50, 10)  # all of them pass while it draws the first

    watching.show = look
    pipeline = build(source(50), viewer=watching)
    pipeline.run()
    assert pipeline.sinks.indices == list(range(50))
    assert seen == [seen[0], 49]


def test_while_paused_only_steps_pass(source, build) -> None:
    controls = Controls()
    controls.paused = True
    pipeline = build(source(10), controls=controls)
    playing = threading.Thread(target=pipeline.run)
    playing.start()
    try:
        for count in (1, 2):
            controls.step()
            wait_until(lambda count=count: len(pipeline.sinks.frames) == count)
        time.sleep(0.15)
        assert pipeline.sinks.indices == [0, 1]
    finally:
        controls.paused = False
        playing.join(10)
    assert pipeline.sinks.indices == list(range(10))


def test_a_recording_in_real_time_goes_on_where_it_was_paused(source, build) -> None:
    """Nothing is skipped during a pause, and nothing afterwards to catch up."""
    controls, memory, recording = Controls(), Memory(), source(12)
    controls.speed = 0.25  # so that a busy machine is not too late for a frame
    pipeline = build(recording, controls=controls, sinks=memory, policy=CapturePolicy(drop=True, paced=True))
    playing = threading.Thread(target=pipeline.run)
    playing.start()
    wait_until(lambda: len(memory.frames) >= 3)
    controls.paused = True
    given = recording.given
    time.sleep(0.9)  # seven frames' time
    read_ahead = recording.given - given
    controls.paused = False
    playing.join(10)
    assert read_ahead <= 2
    assert memory.indices == sorted(set(memory.indices))
    assert len(memory.frames) >= 10  # one may be overwritten at the moment of pausing


def test_a_camera_runs_on_while_its_picture_is_paused(source, build) -> None:
    controls, tapped = Controls(), []
    controls.paused = True
    pipeline = build(source(60, live=True, delay_s=0.002), controls=controls, tap=lambda raw: tapped.append(raw.index))
    playing = threading.Thread(target=pipeline.run)
    playing.start()
    wait_until(lambda: len(tapped) == 60)
    assert pipeline.sinks.frames == []
    controls.paused = False
    playing.join(10)
    assert pipeline.sinks.indices == [59]


@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize("paused", [False, True])
def test_seeking_goes_on_from_there_and_shows_nothing_older(source, build, drop, paused) -> None:
    controls = Controls(seekable=True, frame_count=1000)
    pipeline = build(source(1000), controls=controls, policy=CapturePolicy(drop=drop, paced=True))
    playing = threading.Thread(target=pipeline.run)
    playing.start()
    wait_until(lambda: len(pipeline.sinks.frames) > 1)
    if paused:
        controls.paused = True
        time.sleep(0.1)
    before = len(pipeline.sinks.frames)
    controls.seek(980)
    wait_until(lambda: 980 in pipeline.sinks.indices)
    if paused:
        time.sleep(0.1)
        assert pipeline.sinks.indices[before:] == [980]
        controls.paused = False
    playing.join(10)
    later = pipeline.sinks.indices[pipeline.sinks.indices.index(980) :]
    assert later == sorted(set(later))
    assert later[-1] == 999
    assert max(pipeline.sinks.indices[: pipeline.sinks.indices.index(980)]) < 100


def test_at_the_end_someone_who_stays_can_go_back(source, build) -> None:
    controls = Controls(seekable=True, frame_count=5, stays=True)
    pipeline = build(source(5), controls=controls)
    playing = threading.Thread(target=pipeline.run)
    playing.start()
    wait_until(lambda: controls.ended)
    controls.seek(3)
    wait_until(lambda: len(pipeline.sinks.frames) == 7 and controls.ended)
    controls.quit()
    playing.join(10)
    assert pipeline.sinks.indices == [0, 1, 2, 3, 4, 3, 4]
    assert no_thread_is_left()


def test_a_place_past_the_end_is_the_last_there_is_where_the_count_was_too_high(source, build) -> None:
    """As a recording's is whose last frames have no partner."""
    controls = Controls(seekable=True, frame_count=100)
    controls.paused = True
    pipeline = build(source(97), controls=controls)
    playing = threading.Thread(target=pipeline.run)
    controls.seek(99)
    playing.start()
    playing.join(10)
    assert not playing.is_alive()
    assert pipeline.sinks.indices == [96]


@pytest.mark.parametrize(("moment", "shown"), [("before", [500]), ("after", [200, 500])])
def test_a_place_that_is_sought_while_another_one_arrives_is_shown_though_paused(source, build, moment, shown) -> None:
    """As when a slider is dragged, at the worst moments: just before and after the frame is let through."""

    class Dragged(Controls):
        def lets_pass(self, seeks: int) -> bool:
            if moment == "before" and self.seeks == 1:
                self.seek(500)
            passes = super().lets_pass(seeks)
            if moment == "after" and self.seeks == 1:
                self.seek(500)
            return passes

    controls = Dragged(seekable=True, frame_count=1000)
    controls.paused = True
    pipeline = build(source(1000), controls=controls)
    playing = threading.Thread(target=pipeline.run)
    controls.seek(200)
    playing.start()
    try:
        wait_until(lambda: 500 in pipeline.sinks.indices, 10)
    finally:
        controls.quit()
        playing.join(10)
    assert pipeline.sinks.indices == shown


def test_who_pauses_right_after_seeking_still_sees_the_place() -> None:
    controls = Controls(seekable=True, frame_count=5)
    controls.seek(3)
    controls.paused = True
    before, now = 0, controls.seeks
    assert controls.may_go(0)
    assert not controls.lets_pass(before)
    assert controls.may_go(0)
    assert controls.lets_pass(now)
    assert not controls.may_go(0)


def test_the_end_is_over_as_soon_as_someone_goes_back() -> None:
    controls = Controls(seekable=True, frame_count=5, stays=True)
    assert not controls.goes_on_at_end(0)
    assert controls.ended
    controls.seek(3)  # while nobody waits
    assert controls.goes_on_at_end(0)
    assert not controls.ended


def test_a_seek_is_kept_within_the_recording_and_ignored_by_a_camera() -> None:
    controls = Controls(seekable=True, frame_count=5)
    controls.seek(99)
    assert controls.take_target() == 4
    controls.seek(-3)
    assert controls.take_target() == 0
    camera = Controls()
    camera.seek(3)
    assert not camera.is_seeking


def test_speed_shortens_the_waits(monkeypatch) -> None:
    waited_s = []

    class Sleeper(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited_s.append(timeout)
            return False

    monkeypatch.setattr("app.capture.time.monotonic", lambda: 7.0)
    pace = Pace(Sleeper(), catch_up=False)
    pace.wait(0.0)
    pace.wait(0.1, speed=4.0)
    pace = Pace(Sleeper(), catch_up=False)
    pace.wait(0.0)
    pace.wait(0.1, speed=0.5)
    assert waited_s == pytest.approx([0.025, 0.2])


def test_labels_that_go_to_files_stay_as_they_were_begun() -> None:
    controls = Controls(smooth=True, fixed_labels=True)
    controls.smooth = controls.uses_depth = False
    assert controls.smooth
    assert controls.uses_depth


def test_labels_without_depth_are_made_without_looking_at_it(source, build, viewer) -> None:
    controls = Controls()
    controls.uses_depth = False
    watching, results = viewer(), []
    watching.show = results.append
    pipeline = build(source(2), controls=controls, viewer=watching)
    pipeline.run()
    assert all(not depth_m.any() for _, depth_m, _ in pipeline.segmenter.seen)
    assert results[-1].frame.depth_m.any()
    assert results[-1].pulse.without_depth


def test_stage_times_keep_the_newest() -> None:
    times = StageTimes()
    for _ in range(KEPT):
        times.add("total", 1.0)
    for _ in range(KEPT):
        times.add("total", 3.0)
    assert times.percentiles("total") == {"p50": 3.0, "p95": 3.0, "p99": 3.0}
    assert times.percentiles("align") == {"p50": None, "p95": None, "p99": None}

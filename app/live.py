"""`rgbd-live` without a sub-command: opens what the options name, plays it, writes what they ask for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeAlias

from app.capture import CapturePolicy
from app.controls import Controls
from app.mapping.live_map import LiveMap, make_map
from app.no_model import NoModel
from app.options import NO_MODEL, LiveOptions
from app.outputs.all import Outputs
from app.outputs.stats import stats_document, write_stats
from app.outputs.targets import check_targets
from app.pipeline import Pipeline, Viewer
from app.progress import Progress
from app.summary import print_summary
from app.viewers.choose import choose_viewer, start_probe
from app.viewers.context import ViewContext
from console.errors import UsageError
from console.heavy_imports import without_collecting
from console.interrupt import Interrupt
from console.say import say
from console.threads import let_threads_sleep
from segmentation.errors import CheckpointError, UnknownModelError
from segmentation.result import Segmentation
from sensors.errors import RecordingError
from sensors.frames import Frame, RawFrame
from sensors.source import FrameSource, SeekableSource, SourceInfo

Smoother: TypeAlias = Callable[[Frame, Segmentation], Segmentation]


def play(options: LiveOptions, interrupt: Interrupt, *, started_s: float) -> None:
    """Play until the source ends, the user quits, max_frames is reached or a signal comes.

    started_s: time.perf_counter() when the program began. Raises KeyboardInterrupt, after everything is written and
    closed, when a signal came, and the errors that console.exit_codes knows.
    """
    check_targets(options)
    with interrupt.shielded(), ExitStack() as stack:
        probe = start_probe(options)
        if probe is not None:
            stack.callback(probe.close)
        source = stack.enter_context(open_live_source(options))  # first: it complains sooner than the model loads
        with interrupt.unshielded():  # an engine may be prepared now, for half a minute; its cache survives any end
            segmenter = load_model(options)
        stack.callback(segmenter.close)
        if options.model != NO_MODEL:
            say(engine_line(segmenter))
        smoother = load_smoother(options)
        interrupt.check()
        controls = make_controls(options, source)
        drops = may_drop(options, source.info)
        live_map = make_map(options.save_map, model=segmenter.model_name, drops=drops, watched=options.view != "none")
        context = ViewContext(
            title=source.info.name,
            model=segmenter.model_name,
            controls=controls,
            palette=options.palette,
            map=live_map,
        )
        viewer = choose_viewer(options, probe, context)
        Session(options, source, segmenter, smoother, viewer, controls, interrupt, started_s, live_map).run()
    interrupt.check()


def load_model(options: LiveOptions) -> Any:
    """The segmenter asked for, or the stand-in for none.

    Raises the errors of segmentation.errors, and UsageError for a device that is none.
    """
    if options.model == NO_MODEL:
        return NoModel()
    let_threads_sleep()
    with without_collecting():
        from console.check_frames import DEMO_CHECK_FRAMES
        from segmentation.segmenter import load_segmenter

    try:
        segmenter = load_segmenter(
            options.model,
            engine=options.engine,
            device=options.device,
            precision=options.precision,
            check_frames=DEMO_CHECK_FRAMES,
            isolated=True,
        )
    except (UnknownModelError, CheckpointError):
        raise
    except ValueError as error:
        raise UsageError(str(error)) from error
    if segmenter.device_name.startswith("cuda"):
        segmenter.warm_up()  # a GPU's first frame takes seconds, which a live camera's frames must not wait for
    return segmenter


def engine_line(segmenter: Any) -> str:
    """What runs the network, where, and why that."""
    return (
        f"engine {segmenter.engine_name} on {segmenter.device_name}, {segmenter.precision}: {segmenter.engine_reason}"
    )


def load_smoother(options: LiveOptions) -> Smoother | None:
    """What steadies labels over time; None without a model, or where it cannot work and was not asked for.

    Raises MissingLibraryError.
    """
    if options.model == NO_MODEL:
        return None
    from app.smoothing.smoother import make_smoother

    return make_smoother(wanted=options.smooth)


def open_live_source(options: LiveOptions) -> FrameSource:
    """The source asked for, not yet entered."""
    from console.check_frames import DEMO
    from segmentation.assets import asset_path
    from sensors.open import SourceOptions, open_source

    return open_source(
        SourceOptions(
            camera=options.camera,
            serial=options.serial,
            size=options.size,
            fps=options.fps,
            recording=asset_path(DEMO) if options.is_demo else options.bag,
            frames=options.frames,
            rooms=options.rooms,
            depth_unit_m=options.depth_unit_m,
        )
    )


def may_drop(options: LiveOptions, info: SourceInfo) -> bool:
    """Whether the newest frame wins, instead of every frame being waited for."""
    return info.live or options.real_time


def make_controls(options: LiveOptions, source: FrameSource) -> Controls:
    """What can be steered with this source, set as the options say."""
    info = source.info
    return Controls(
        frame_count=info.frame_count,
        seekable=not info.live and isinstance(source, SeekableSource),
        loops=options.loop and not info.live,
        smooth=options.smooth,
        fixed_labels=options.keeps_labels,
    )


def make_aligner(info: SourceInfo) -> Callable[[RawFrame], Frame]:
    """RawFrame -> Frame; what a camera's calibration makes impossible is the input's fault."""
    from sensors.align import Aligner

    aligner = Aligner()

    def align(raw: RawFrame) -> Frame:
        try:
            return aligner(raw)
        except ValueError as error:
            raise RecordingError(f"{info.name}: {error}") from error

    return align


class Session:
    """One run, from the first frame to the summary."""

    def __init__(
        self,
        options: LiveOptions,
        source: FrameSource,
        segmenter: Any,
        smoother: Smoother | None,
        viewer: Viewer,
        controls: Controls,
        interrupt: Interrupt,
        started_s: float,
        live_map: LiveMap | None = None,
    ) -> None:
        self.options, self.source, self.segmenter, self.viewer = options, source, segmenter, viewer
        self.smoother = smoother
        self.controls, self.interrupt, self.started_s = controls, interrupt, started_s
        self.progress = Progress()
        info = source.info
        drop = may_drop(options, info)
        self.policy = CapturePolicy(
            drop=drop,
            paced=not info.live and (options.real_time or viewer.name != "none"),
        )
        # After the last frame and with nothing to finish, a window stays for whoever is at the terminal, and a page for
        # whoever comes to look at it.
        expects_someone = viewer.name == "web" or (sys.stdin is not None and sys.stdin.isatty())
        controls.stays = expects_someone and viewer.name != "none" and not options.outputs and not info.live
        self.outputs = Outputs(
            options,
            info,
            model=segmenter.model_name,
            dropping=drop,
            watched=viewer.name != "none",
            live_map=live_map,
        )

    def run(self) -> None:
        """Play, then finish every file, then tell; in this order also when something fails."""
        try:
            with ExitStack() as closing:
                closing.callback(self.outputs.close)
                closing.callback(self.viewer.close)
                closing.callback(self._take_picture)
                self._play()
            if not (self.progress.captured or self.interrupt.requested or self.controls.quits):
                raise RecordingError(f"{self.source.info.name}: has no frames")
        finally:
            recorder = self.outputs.recorder
            if self.progress.segmented or (recorder is not None and recorder.captured):
                self._tell()

    def _play(self) -> None:
        recorder = self.outputs.recorder
        pipeline = Pipeline(
            source=self.source,
            align=make_aligner(self.source.info),
            segmenter=self.segmenter,
            sinks=self.outputs,
            viewer=self.viewer,
            policy=self.policy,
            controls=self.controls,
            stop=lambda: self.interrupt.requested,
            tap=None if recorder is None else recorder.add,
            max_frames=self.options.max_frames,
            progress=self.progress,
            smoother=self.smoother,
        )
        pipeline.run()

    def _take_picture(self) -> None:
        if self.outputs.screenshot is not None:
            self.outputs.screenshot.picture = self.viewer.picture()

    def _tell(self) -> None:
        document = self._document()
        try:
            if self.options.stats is not None:
                write_stats(self.options.stats, document)
        finally:
            print_summary(document, self.options.outputs, stream=sys.stderr)

    def _document(self) -> dict[str, Any]:
        info, segmenter, recorder = self.source.info, self.segmenter, self.outputs.recorder
        live_map = self.outputs.live_map
        about = {
            "source": info.name,
            "source_kind": info.kind,
            "reader": info.reader,
            "model": segmenter.model_name,
            "trained": segmenter.trained,
            "engine": segmenter.engine_name,
            "device": segmenter.device_name,
            "precision": segmenter.precision,
            "engine_reason": segmenter.engine_reason,
            "engine_changes": list(segmenter.history.changes),
            "view": self.viewer.name,
        }
        first_s = self.progress.first_result_s
        return stats_document(
            self.progress,
            about=about,
            engine_restarts=segmenter.history.restarts,
            startup_s=None if first_s is None else first_s - self.started_s,
            recording=None if recorder is None else recorder.report(),
            mapping=None if live_map is None or self.options.save_map is None else live_map.report,
        )

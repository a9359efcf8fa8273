"""Every file that was asked for, as one sink."""

from __future__ import annotations

from contextlib import ExitStack

from app.mapping.live_map import LiveMap
from app.options import LiveOptions
from app.outputs.background import BackgroundSinks
from app.outputs.dataset import DatasetFolder
from app.outputs.masks import MaskFolder
from app.outputs.record import USUAL_FPS, Recorder
from app.outputs.repainted import Repainted
from app.outputs.stills import CloudFiles, Screenshot
from app.outputs.video import VideoFile
from app.segment_stage import Sink
from segmentation.result import Segmentation
from sensors.frames import Frame
from sensors.source import SourceInfo


class Outputs:
    """A sink for all files but the stats; recorder and screenshot are None unless asked for.

    dropping: whether the source's frames may be left out, so that a video has to fill the gaps. watched: whether
    someone looks on, who goes on looking when a recording ends early. live_map: closed here too.
    """

    def __init__(
        self,
        options: LiveOptions,
        info: SourceInfo,
        *,
        model: str,
        dropping: bool,
        watched: bool = False,
        live_map: LiveMap | None = None,
    ) -> None:
        self.live_map = live_map
        sinks: list[Sink] = []
        if options.save_masks is not None:
            sinks.append(MaskFolder(options.save_masks, model=model))
        if options.save_video is not None:
            fps = info.fps or USUAL_FPS
            video = VideoFile(options.save_video, fps=fps, fill=dropping, layout=options.video_layout)
            sinks.append(Repainted(video, options.palette))
        if options.save_dataset is not None:
            sinks.append(DatasetFolder(options.save_dataset, model=model, source=info.name))
        if options.save_cloud is not None:
            sinks.append(CloudFiles(options.save_cloud, model=model))
        self.screenshot = None
        if options.screenshot is not None:
            self.screenshot = Screenshot(options.screenshot, model=model, title=info.name)
            sinks.append(Repainted(self.screenshot, options.palette))
        self._background = BackgroundSinks(sinks)
        self.recorder = None
        if options.record is not None:
            self.recorder = Recorder(options.record, info, overwrite=options.overwrite, goes_on=watched)

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Pass a result on; raises OutputError as soon as a file has failed that ends the run."""
        if self.recorder is not None:
            self.recorder.check()
        self._background.write(frame, segmentation)
        if self.live_map is not None:
            self.live_map.write(frame, segmentation)

    def close(self) -> None:
        """Finish every file, also when one of them fails. Raises OutputError."""
        with ExitStack() as closing:
            closing.callback(self._background.close)
            if self.live_map is not None:
                closing.callback(self.live_map.close)
            if self.recorder is not None:
                closing.callback(self.recorder.close)

"""`--record`: the frames as the camera gave them, on threads of their own, so that nothing depends on inference."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from app.outputs.record_files import RecordingFiles
from app.outputs.record_queue import MOST_BYTES, EncodingQueue
from console.errors import OutputError
from console.say import say
from sensors.frames import RawFrame
from sensors.source import SourceInfo

USUAL_FPS = 30.0


class Recorder:
    """Writes raw frames to a .db3; the file appears whole when closed.

    A live source's frame is left out and counted when disk and processor are too slow; a recording waits. When the disk
    is nearly full, or refuses, the recording ends there: the file is finished with what it has, `failure` says so, and
    further frames are only counted.

    goes_on: whether the program goes on without the recording, which is then told at once. most_bytes: of images that
    may wait.
    captured, dropped, written: frames that came, that found no room to wait, that are in the file.
    """

    def __init__(
        self,
        path: Path,
        info: SourceInfo,
        *,
        overwrite: bool = False,
        goes_on: bool = False,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.path = path
        self.captured = 0
        self.dropped = 0
        self.failure: Exception | None = None
        self._goes_on = goes_on
        self._queue = EncodingQueue(waits=not info.live, most_bytes=most_bytes)
        self._files = RecordingFiles(
            path, fps=info.fps or USUAL_FPS, device_name=info.name, overwrite=overwrite, announce=say
        )
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def written(self) -> int:
        """Frames that are in the file."""
        return self._files.written

    def add(self, raw: RawFrame) -> None:
        """Queue a frame; for one thread at a time."""
        self.captured += 1
        if not self._queue.put(raw):
            self.dropped += not self._ended.is_set()

    def check(self) -> None:
        """Raise what ended the recording early, unless the program goes on without it: OutputError, or our defect."""
        if self.failure is not None and not (self._goes_on and isinstance(self.failure, OutputError)):
            raise self.failure

    def close(self) -> None:
        """Write what is queued, finish the file and give it its name. Raises what ended the recording early."""
        self._queue.close()
        self._thread.join()
        if self.failure is not None:
            raise self.failure

    def report(self) -> dict[str, Any]:
        """What became of the frames, as the stats have it."""
        return {
            "files": [str(path) for path in self._files.paths],
            "captured": self.captured,
            "written": self.written,
            "dropped": self.dropped,
            "not_compressed": self._queue.hurried,
            "megabytes": round(self._files.written_bytes / 1e6, 1),
            "ended_early": None if self.failure is None else str(self.failure),
        }

    def _run(self) -> None:
        failure: Exception | None = None
        for step in (self._write, self._files.close):
            try:
                step()
            except Exception as error:
                failure = failure or error
                self._ended.set()
                self._queue.drop()
        # Told last, so that whoever hears of it finds the file finished.
        self.failure = failure and self._explained(failure)
        if self._goes_on and isinstance(self.failure, OutputError):
            say(f"{self.failure}; the view goes on")

    def _write(self) -> None:
        for frame in self._queue:
            self._files.append(frame)

    def _explained(self, failure: Exception) -> Exception:
        """In one line what was wrong and what is left; a defect of ours stays as it is."""
        if not isinstance(failure, OSError | ValueError):
            return failure
        reason = str(failure) if isinstance(failure, ValueError) else failure.strerror or str(failure)
        if (part := self._files.part) is not None:
            reason += f"; what was recorded can be played from {part}"
        elif self._files.paths:
            reason += f"; the recording ends after {self.written} frames, which are kept"
        return OutputError(f"cannot write {self.path}: {reason}")

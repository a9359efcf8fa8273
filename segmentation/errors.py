"""What can go wrong with a model. Every message is one line: which model or file, what is wrong, what to do."""

from __future__ import annotations


class UnknownModelError(ValueError):
    """No model has this name; the message lists the names."""


class CheckpointError(ValueError):
    """A model file is missing, empty, truncated, of another architecture, or not safe to read."""


class DownloadError(CheckpointError):
    """A model file could not be fetched from where it is published."""


class EngineUnavailableError(RuntimeError):
    """The engine or device asked for cannot run here; the message says what would."""


class EngineFailedError(EngineUnavailableError):
    """The device failed under a running engine: nothing more runs on it in this process, in a new one it may."""


class EngineMemoryError(EngineUnavailableError):
    """The device has no memory left for the network or a frame; a smaller input or another device may do."""


def one_line(error: BaseException) -> str:
    """What went wrong, short enough for a message of one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]

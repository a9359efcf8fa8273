"""What can go wrong with a source. Every message is one line: which file or device, what is wrong, what to do."""

from __future__ import annotations


class RecordingError(ValueError):
    """A recording or image folder is missing, damaged, of another format, or lacks a stream."""


class PreparedDataError(ValueError):
    """A folder of prepared samples is missing, half-written, damaged or of another data set."""


class DeviceNotFoundError(ConnectionError):
    """No such camera is plugged in."""


class DeviceLostError(ConnectionError):
    """A camera went away and did not come back."""


class DeviceModeError(ConnectionError):
    """The camera is there but cannot do what was asked (size, rate, missing stream, depth unit 0)."""


class MissingLibraryError(ImportError):
    """An optional library is needed and is not installed; the message says how to get it."""


def one_line(error: BaseException) -> str:
    """What another library says of an error, which may span lines or be empty."""
    return " ".join(str(error).split())

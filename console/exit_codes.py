"""Which exit code the program leaves with: the one place that decides it."""

from __future__ import annotations

from enum import IntEnum

from console.errors import DisplayError, OutputError, UsageError
from segmentation.errors import CheckpointError, EngineUnavailableError, UnknownModelError
from sensors.errors import (
    DeviceLostError,
    DeviceModeError,
    DeviceNotFoundError,
    MissingLibraryError,
    PreparedDataError,
    RecordingError,
)


class ExitCode(IntEnum):
    """What the shell gets to see."""

    DONE = 0
    DEFECT = 1
    USAGE = 2
    BAD_INPUT = 3
    NO_DEVICE = 4
    CANNOT = 5
    OUTPUT = 6
    INTERRUPTED = 130


_CODES: tuple[tuple[ExitCode, tuple[type[BaseException], ...]], ...] = (
    (ExitCode.USAGE, (UsageError, UnknownModelError)),
    (ExitCode.BAD_INPUT, (RecordingError, PreparedDataError, CheckpointError)),
    (ExitCode.NO_DEVICE, (DeviceNotFoundError, DeviceLostError, DeviceModeError)),
    (ExitCode.CANNOT, (MissingLibraryError, EngineUnavailableError, DisplayError)),
    (ExitCode.OUTPUT, (OutputError,)),
    (ExitCode.INTERRUPTED, (KeyboardInterrupt,)),
)


def exit_code_of(error: BaseException) -> ExitCode:
    """The exit code for an error that ended the program; whatever is not foreseen is a defect of ours."""
    for code, kinds in _CODES:
        if isinstance(error, kinds):
            return code
    return ExitCode.DEFECT


def one_line(error: BaseException) -> str:
    """The error's message without line breaks, fit to stand behind the program's name."""
    return " ".join(str(error).split()) or type(error).__name__

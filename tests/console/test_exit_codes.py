from __future__ import annotations

import pytest

from console.errors import DisplayError, OutputError, UsageError
from console.exit_codes import exit_code_of, one_line
from segmentation.errors import CheckpointError, EngineUnavailableError, UnknownModelError
from sensors.errors import DeviceLostError, DeviceModeError, DeviceNotFoundError, MissingLibraryError, RecordingError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError, 2),
        (UnknownModelError, 2),
        (RecordingError, 3),
        (CheckpointError, 3),
        (DeviceNotFoundError, 4),
        (DeviceLostError, 4),
        (DeviceModeError, 4),
        (MissingLibraryError, 5),
        (EngineUnavailableError, 5),
        (DisplayError, 5),
        (OutputError, 6),
        (KeyboardInterrupt, 130),
        (ValueError, 1),
        (RuntimeError, 1),
        (OSError, 1),
        (ConnectionError, 1),
        (ImportError, 1),
    ],
)
def test_every_error_has_its_exit_code(error, code) -> None:
    assert exit_code_of(error("x")) == code


def test_a_message_is_one_line() -> None:
    assert one_line(RecordingError("a\n  b\tc")) == "a b c"
    assert one_line(RecordingError()) == "RecordingError"


def test_a_defect_shows_its_traceback_and_other_errors_do_not(monkeypatch, capsys) -> None:
    import console.main
    from app import command_line, main

    def fail(error):
        def run(*_):
            raise error

        monkeypatch.setattr(command_line, "run", run)
        code = main.main([])
        return code, capsys.readouterr().err

    monkeypatch.setattr(console.main.Interrupt, "install", lambda self: None)
    code, said = fail(RecordingError("a.bag: truncated"))
    assert (code, said) == (3, "rgbd-live: a.bag: truncated\n")
    code, said = fail(ZeroDivisionError("oh"))
    assert code == 1
    assert "Traceback" in said
    assert "ZeroDivisionError" in said

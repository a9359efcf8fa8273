from __future__ import annotations

import pytest

from app.result import Pulse, Result
from app.viewers.console import ConsoleViewer
from app.viewers.guarded import GuardedViewer
from sensors.source import SourceStatus

STREAMING = SourceStatus("streaming", "", 0.0)


def broken(*_: object) -> None:
    raise ZeroDivisionError("in the driver")


@pytest.mark.parametrize("part", ["show", "attend", "picture"])
def test_a_viewer_that_fails_is_named_once_and_the_terminal_goes_on(viewer, result, capsys, part) -> None:
    inner = viewer()
    setattr(inner, part, broken)
    guarded = GuardedViewer(inner)
    shown = Result(*result(), Pulse(1.0, 2.0))
    for _ in range(3):
        guarded.show(shown)
        assert guarded.attend(STREAMING)
        assert guarded.picture() is None
    guarded.close()
    assert guarded.name == "none"
    assert inner.closed
    assert capsys.readouterr().err.count("the 2d view failed") == 1


def test_a_viewer_that_cannot_even_be_closed_is_left(viewer, result, capsys) -> None:
    inner = viewer()
    inner.show = inner.close = broken
    guarded = GuardedViewer(inner)
    guarded.show(Result(*result(), Pulse(1.0, 2.0)))
    assert guarded.name == "none"
    assert "everything else goes on (ZeroDivisionError: in the driver)" in capsys.readouterr().err


def test_the_terminals_own_failure_is_no_secret(monkeypatch) -> None:
    guarded = GuardedViewer(ConsoleViewer())
    monkeypatch.setattr(ConsoleViewer, "close", broken)
    with pytest.raises(ZeroDivisionError):
        guarded.close()


def test_a_viewer_that_works_is_passed_everything(viewer, result) -> None:
    inner = viewer(quit_after=1)
    guarded = GuardedViewer(inner)
    guarded.show(Result(*result(4), Pulse(1.0, 2.0)))
    assert inner.shown == [4]
    assert not guarded.attend(STREAMING)
    assert guarded.wait_s == inner.wait_s

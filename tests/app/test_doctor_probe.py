"""Children that raise, die, hang or chatter become one line; libraries are broken for real."""

from __future__ import annotations

import sys

import pytest

from app.doctor import probe
from app.doctor.probe import ProbeError, Probes, run_command, run_probe


@pytest.fixture
def fake_module(monkeypatch, tmp_path):
    """Put a module of ours in front of the real one, for every child."""

    def write(name, source):
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return write


def test_a_library_that_works():
    assert run_probe("library", "numpy") == {"installed": True, "version": pytest.importorskip("numpy").__version__}


def test_a_library_that_is_missing_is_an_answer():
    assert run_probe("library", "no_such_library") == {"installed": False}


@pytest.mark.parametrize("name", ["torch", "opencv"])
def test_a_build_probe_says_that_its_library_is_missing(fake_module, name):
    module = {"torch": "torch", "opencv": "cv2"}[name]
    fake_module(module, f"raise ModuleNotFoundError('No module named {module}', name={module!r})")
    assert run_probe(name) == {"installed": False}


def test_what_a_library_itself_misses_is_not_taken_for_its_absence(fake_module):
    fake_module("needy", "import no_such_library")
    with pytest.raises(ProbeError, match="No module named 'no_such_library'"):
        run_probe("library", "needy")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("raise ImportError('libusb-1.0.so.0: cannot open shared object file')", "ImportError: libusb-1.0.so.0"),
        ("import os; os.abort()", "killed by SIGABRT"),
        ("import os; os._exit(134)", "exit code 134"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "killed by SIGSEGV"),
        ("raise SystemExit('licence expired')", "licence expired"),
        ("import os; os._exit(0)", "gave no answer"),
    ],
)
def test_a_library_that_breaks_when_it_is_imported(fake_module, source, message):
    fake_module("broken", source)
    with pytest.raises(ProbeError, match=message) as caught:
        run_probe("library", "broken")
    assert "\n" not in str(caught.value)


def test_a_library_that_hangs(fake_module):
    fake_module("hanging", "import time; time.sleep(600)")
    with pytest.raises(ProbeError, match="no answer within 1 s"):
        run_probe("library", "hanging", limit_s=1)


def test_a_library_that_chatters(fake_module):
    fake_module("chatty", "import atexit; __version__ = '1'; print('{hello'[1:]); atexit.register(print, 'bye')")
    assert run_probe("library", "chatty") == {"installed": True, "version": "1"}


def test_left_overs_of_an_uninstalled_opencv(tmp_path):
    (tmp_path / "cv2").mkdir()  # an empty folder imports as a namespace package
    code = f"import sys; sys.path[:] = [{str(tmp_path)!r}, *[p for p in sys.path if 'site-packages' not in p]];"
    code += f"import runpy; runpy.run_path({str(probe.PROBE_FOLDER / 'probe_opencv.py')!r})"
    with pytest.raises(ProbeError, match="has no attribute 'getBuildInformation'"):
        run_command([sys.executable, "-c", code])


def test_a_headless_opencv(fake_module):
    fake_module("cv2", "__version__ = '5'\ndef getBuildInformation(): return '  GUI:     NONE\\n  GTK+:  NO'")
    assert run_probe("opencv") == {"installed": True, "version": "5", "gui": "NONE"}


def test_a_command_that_is_not_there():
    with pytest.raises(ProbeError, match="cannot run no-such-command"):
        run_command(["no-such-command"])


def test_codecs_are_tried_for_real():
    pytest.importorskip("cv2")
    assert run_probe("codecs")["mp4v"] is True


def test_vulkan_never_kills_us():
    answer = run_probe("vulkan")
    assert set(answer) == {"loader", "devices"}


def test_questions_are_answered_beside_each_other_and_errors_are_kept():
    def fail():
        raise ProbeError("died")

    probes = Probes({"good": lambda: {"a": 1}, "bad": fail})
    assert probes["good"] == {"a": 1}
    for _ in range(2):
        with pytest.raises(ProbeError, match="died"):
            probes["bad"]
    probes.close()

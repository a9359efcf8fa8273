"""The whole doctor: its lines, its JSON, its exit code, and that nothing on this machine can make it fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from rich.console import Console

import app.doctor
from app.doctor import examine as examining
from app.doctor.check import Check
from app.doctor.examine import Item, examine, items, look, questions
from app.doctor.probe import ProbeError
from app.doctor.report import print_report

NAMES = [
    "Python", "C library", "torch", "numpy", "rosbags", "pillow", "safetensors", "opencv", "pyrealsense2",
    "onnxscript", "onnxruntime", "openvino", "tensorrt", "triton", "open3d", "viser", "av", "cameras", "camera rights",
    "GPU", "display", "Vulkan", "video", "disk", "engine cache", "weights cache", "model", "demo",
]  # fmt: skip


def item(state, *, needed=False):
    return Item(state, lambda _: Check(state, state, "found", "cure"), needed=needed)


def test_the_lines_are_a_stable_list():
    assert [item.name for item in items()] == NAMES


def test_what_a_bare_run_needs():
    needed = {item.name for item in items() if item.needed}
    assert needed == {"Python", "torch", "numpy", "rosbags", "pillow", "safetensors", "opencv", "model", "demo"}


@pytest.mark.parametrize(
    ("checks", "works"),
    [
        ([item("ok", needed=True), item("fail")], True),
        ([item("warning", needed=True), item("absent")], True),
        ([item("ok", needed=True), item("fail", needed=True)], False),
    ],
)
def test_only_what_is_needed_decides(checks, works):
    assert examine(checks, {})[1] is works


@pytest.mark.parametrize(
    ("error", "found"), [(ProbeError("killed by SIGABRT"), "killed by SIGABRT"), (KeyError("gui"), "KeyError: 'gui'")]
)
def test_a_check_that_breaks_is_a_line_like_any_other(error, found):
    def broken(_):
        raise error

    check = look(Item("Vulkan", broken), examining.Probes({}))
    assert (check.name, check.state) == ("Vulkan", "fail")
    assert found in check.found


def test_every_question_dying_leaves_every_line_standing():
    def die():
        raise ProbeError("killed by SIGABRT")

    checks, works = examine(items(), dict.fromkeys(questions(), die))
    assert [check.name for check in checks] == NAMES
    assert not works
    assert {check.name for check in checks if check.state == "ok"} <= {
        "Python",
        "C library",
        "camera rights",
        "disk",
        "engine cache",
        "weights cache",
    }


@pytest.fixture
def pretend(monkeypatch):
    """Let the doctor find what the test says."""

    def find(*checks, works=True):
        monkeypatch.setattr(examining, "questions", dict)
        monkeypatch.setattr(examining, "examine", lambda *_: (list(checks), works))

    return find


def test_json_has_a_stable_shape_and_stands_alone(pretend, capfd):
    pretend(Check("torch", "fail", "not [bold]installed", "pip install torch"), works=False)
    assert app.doctor.run(as_json=True) == 5
    assert json.loads(capfd.readouterr().out) == {
        "checks": [{"name": "torch", "state": "fail", "found": "not [bold]installed", "cure": "pip install torch"}],
        "ok": False,
    }


def test_exit_code_0_where_a_bare_run_works(pretend, capfd):
    pretend(Check("open3d", "absent", "not installed", "not needed"))
    assert app.doctor.run(as_json=False) == 0
    assert capfd.readouterr().out.rstrip().endswith("rgbd-live works here.")


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_and_cures_can_be_copied(capsys, width):
    cure = "sudo apt-get install -y " + " ".join(f"package{number}" for number in range(20))
    checks = [Check("opencv", "warning", "word " * 60, cure), Check("numpy", "ok", "[red]2.2.6[/red]")]
    print_report(Console(width=width), checks, works=True)
    lines = capsys.readouterr().out.splitlines()
    assert any(line.endswith(cure) for line in lines)
    assert all(len(line) <= width for line in lines if cure not in line)
    assert any("[red]2.2.6[/red]" in line for line in lines)


def test_the_most_urgent_cure_comes_first(capsys):
    states = ["absent", "ok", "warning", "fail"]
    checks = [Check(f"line-{state}", state, "found", f"cure-{state}") for state in states]
    print_report(Console(width=80), checks, works=False)
    output = capsys.readouterr().out
    assert sorted(states, key=lambda state: output.index(f"cure-{state}")) == ["fail", "warning", "ok", "absent"]


def test_the_failed_lines_are_named_last(capsys):
    checks = [Check("torch", "fail", "not installed", "pip install torch"), Check("Vulkan", "absent", "none", "no")]
    print_report(Console(width=80), checks, works=False)
    assert capsys.readouterr().out.splitlines()[-1] == "rgbd-live does not work here yet; cure first: torch"


BLOCK = """
import sys
BLOCKED = {"torch", "cv2", "numpy", "pyrealsense2", "rosbags"}
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Block())
"""


@pytest.fixture
def bare_python(tmp_path):
    """An environment in which no heavy library can be imported, neither by the doctor nor by its children, and no
    display is to be had."""
    (tmp_path / "sitecustomize.py").write_text(BLOCK)
    hidden = {"DISPLAY", "WAYLAND_DISPLAY"}
    return {name: value for name, value in os.environ.items() if name not in hidden} | {"PYTHONPATH": str(tmp_path)}


def test_with_no_library_at_all_it_still_says_what_to_install(bare_python):
    code = "import app.doctor, sys; sys.exit(app.doctor.run(as_json=True))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=bare_python, check=False)
    assert (done.returncode, done.stderr) == (5, "")
    states = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert list(states) == NAMES
    for name in ("torch", "numpy", "rosbags", "opencv", "model", "demo"):
        assert states[name]["state"] == "fail", states[name]
        assert states[name]["cure"]
    assert states["display"]["state"] == "absent"


def test_here_it_prints_every_line_and_prepares_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    code = "import app.doctor, sys; sys.exit(app.doctor.run(as_json=False))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 5)
    assert done.stderr == ""
    for name in NAMES:
        assert f"\n{name}" in done.stdout
    assert "the check broke" not in done.stdout
    assert "Traceback" not in done.stdout
    assert "runs: torch on " in done.stdout  # what every other engine would have to be prepared for
    assert [path for path in tmp_path.rglob("engines/*") if path.suffix != ".lock"] == []

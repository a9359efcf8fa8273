from __future__ import annotations

import json
import subprocess
import sys

import pytest

from app.command_line import cli

HEAVY = ("torch", "cv2", "pyrealsense2", "rosbags", "numpy", "PIL", "sqlite3")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["devices", "--help"], ["measure", "--help"], ["bench", "--help"]]
)
def test_help_and_version_import_nothing_heavy(arguments) -> None:
    """Importing torch alone takes longer than a user waits for help."""
    script = (
        "import sys\n"
        "from app.main import main\n"
        f"code = main({arguments!r})\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules], code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "HEAVY [] 0", done.stdout + done.stderr


def test_help_names_every_option_that_works(run_program) -> None:
    code, out, _ = run_program("--help", COLUMNS="200")
    assert code == 0
    for option in (
        *(
            "--camera",
            "--serial",
            "--size",
            "--fps",
            "--bag",
            "--frames",
            "--rooms",
            "--depth-unit",
            "--model",
            "--engine",
        ),
        *("--device", "--precision", "--view", "--real-time", "--every-frame", "--loop", "--max-frames", "--record"),
        *("--save-video", "--save-masks", "--save-cloud", "--screenshot", "--stats", "--overwrite", "--version"),
    ):
        assert option in out
    commands = {command.callback.__name__ for command in cli.registered_commands}
    assert commands == {"devices", "models", "measure", "bench", "doctor"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--nonsense"], 2, "No such option"),
        (["nonsense"], 2, "nonsense"),
        (["--max-frames", "3", "models"], 2, "--max-frames has no meaning for models"),
        (["--max-frames", "x"], 2, "--max-frames"),
        (["--bag"], 2, "--bag"),
        (["--view", "3d", "--model", "none"], 5, "--view web"),
        (["--view", "web", "--host", "0.0.0.0"], 2, "--allow-remote"),
        (["--rooms", "7", "--bag", "x.bag"], 2, "name one source only"),
        (["--rooms", "seven"], 2, "--rooms"),
        (["--engine", "abacus"], 2, "choose from auto, torch, onnx, openvino, tensorrt"),
        (["--camera", "realsense", "--size", "huge"], 2, "640x480"),
        (["--camera", "realsense", "--record", "x.bag"], 2, ".db3"),
        (["--bag", "missing.bag"], 3, "missing.bag"),
        (["--frames", "missing-folder"], 3, "missing-folder"),
        (["--frames", "x" * 300], 3, "too long"),
        (["--model", "no-such-model", "--view", "none"], 2, "no-such-model"),
        (["--model", "missing/model.safetensors", "--view", "none"], 3, "missing/model.safetensors"),
        (["--device", "abacus", "--view", "none"], 2, "abacus"),
        (["--model", "none", "--view", "2d"], 5, "display"),
        (["--model", "none", "--stats", "/dev/null/s.json"], 6, "/dev/null"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_an_exit_code(run_program, arguments, code, said) -> None:
    given, out, errors = run_program(*arguments)
    assert given == code, errors
    assert out == ""
    lines = errors.splitlines()
    assert len(lines) == 1, errors
    assert lines[0].startswith("rgbd-live: ")
    assert said in lines[0]


def test_an_output_that_exists_is_refused_and_left_alone(run_program, picture_folder, tmp_path) -> None:
    stats = tmp_path / "s.json"
    stats.write_text("mine")
    arguments = ("--frames", picture_folder, "--model", "none", "--view", "none", "--stats", stats)
    code, _, errors = run_program(*arguments)
    assert (code, stats.read_text()) == (2, "mine")
    assert "--overwrite" in errors
    code, _, _ = run_program(*arguments, "--overwrite")
    assert code == 0
    assert json.loads(stats.read_text())["source_kind"] == "folder"


def test_a_play_without_a_display_tells_what_it_did(run_program, picture_folder, tmp_path) -> None:
    code, out, errors = run_program("--frames", picture_folder, "--model", "none", "--save-cloud", tmp_path / "c.ply")
    assert (code, out) == (0, "")
    lines = errors.splitlines()
    assert "no window" in lines[0]
    assert "DISPLAY" in lines[0]
    assert any(line.startswith("12 frames") for line in lines)
    assert any(str(tmp_path / "c.ply") in line for line in lines)
    assert "UNTRAINED" not in errors


def test_a_window_asked_for_by_name_gives_way_when_there_is_something_to_write(run_program, picture_folder, tmp_path):
    stats = tmp_path / "s.json"
    code, _, errors = run_program("--frames", picture_folder, "--model", "none", "--view", "2d", "--stats", stats)
    assert code == 0
    assert "no window" in errors
    assert json.loads(stats.read_text())["view"] == "none"


@pytest.mark.parametrize("display", [":9876", "nonsense"])
def test_a_display_that_does_not_answer_is_told_not_crashed_into(run_program, display) -> None:
    code, _, errors = run_program("--model", "none", "--view", "2d", DISPLAY=display)
    assert code == 5, errors
    assert display in errors.splitlines()[-1]

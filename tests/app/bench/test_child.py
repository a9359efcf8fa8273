from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from bench_runs import SETUP, run_of
from processes import running_in_session, wait_for

from app.bench.child import ROOT, Refusal, read_answer, run_process

BOOT = f"import sys; sys.path[0] = {str(ROOT)!r}; from app.bench.play import main; main()"


def never() -> bool:
    return False


def ended(code: str, folder: Path) -> str:
    return run_process([sys.executable, "-c", code], folder / "said.txt", never)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.abort()", "killed by SIGABRT"),
        ("import os, signal; print('half way'); os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
        ("import sys; sys.exit(7)", "exit code 7"),
        ("raise MemoryError('no room')", "MemoryError: no room"),
    ],
)
def test_a_crash_becomes_a_reason(code: str, said: str, tmp_path: Path) -> None:
    outcome = read_answer(tmp_path / "answer.json", ended(code, tmp_path))
    assert isinstance(outcome, Refusal)
    assert said in outcome.reason
    assert "\n" not in outcome.reason
    assert outcome.code == 1


def test_an_answer_comes_back_as_it_was_written(tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    answer.write_text(json.dumps({"setup": asdict(SETUP), "run": asdict(run_of())}))
    assert read_answer(answer, "") == (SETUP, run_of())
    answer.write_text(json.dumps({"refused": "engine x: not installed", "exit_code": 5}))
    assert read_answer(answer, "") == Refusal("engine x: not installed", 5)


def test_an_answer_that_is_cut_off_counts_as_a_crash(tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text('{"setup": {')
    assert read_answer(tmp_path / "answer.json", "the process was killed") == Refusal("the process was killed", 1)


def test_an_interrupt_ends_the_process_and_what_it_started(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    code = (
        "import os, pathlib, subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
        f"pathlib.Path({str(ready)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(60)\n"
    )
    with pytest.raises(KeyboardInterrupt):
        run_process(
            [sys.executable, "-c", code], tmp_path / "said.txt", lambda: bool(ready.exists() and ready.stat().st_size)
        )
    session = int(ready.read_text())
    wait_for(lambda: not running_in_session(session))


def test_a_run_does_not_outlive_the_bench(tmp_path: Path) -> None:
    """Its standard input ends with the bench, however that ends."""
    asked = {"spawned_unix_s": time.time(), "options": {"bag": None, "frames": None, "rooms": 7, "view": "none"}}
    asked |= {"frames": 10**9, "warm_up": 10**9, "answer": str(tmp_path / "answer.json")}
    child = subprocess.Popen([sys.executable, "-c", BOOT, json.dumps(asked)], stdin=subprocess.PIPE, text=True)
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.5)
    child.communicate()  # closes its standard input
    assert child.returncode == 130
    assert not (tmp_path / "answer.json").exists()

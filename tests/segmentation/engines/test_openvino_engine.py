"""OpenVINO as the engine, beside what holds for every engine (test_every_engine)."""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny_graph import CARD, SIZE, write_tiny_graph

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.engines import cpu_threads, openvino_engine
from segmentation.engines.cache import EngineCache, seal
from segmentation.engines.openvino import compiled
from segmentation.engines.openvino.compiled import BLOB_FILE, cpu_key, load_compiled
from segmentation.engines.openvino.library import load_nncf, load_openvino
from segmentation.engines.openvino_engine import OpenVinoEngine, make
from segmentation.engines.request import CheckFrame, CheckFrames, EngineRequest
from segmentation.errors import CheckpointError, EngineFailedError, EngineUnavailableError
from segmentation.model_source import ModelSource, find_model

pytest.importorskip("onnx", reason="onnx is not installed (extra: openvino)")
pytest.importorskip("openvino", reason="OpenVINO is not installed (extra: openvino)")

ROOT = Path(__file__).resolve().parent.parent.parent.parent
WIDTH, HEIGHT = SIZE


def frame(seed: int = 0) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    rng = np.random.default_rng(seed)
    color = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    return color, rng.uniform(0, 5, (HEIGHT, WIDTH)).astype(np.float32), (30.0, 30.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_tiny_graph(tmp_path / "tiny.onnx")


def request_for(path: Path, **options) -> EngineRequest:
    return EngineRequest(find_model(path), cache=EngineCache(path.parent / "cache"), **{"device": "cpu", **options})


def engine_of(path: Path, **options) -> OpenVinoEngine:
    engine = make(request_for(path, **options), may_build=True).engine
    assert isinstance(engine, OpenVinoEngine)
    return engine


def entry_of(path: Path) -> Path:
    (entry,) = (path.parent / "cache").glob("openvino-fp32-*/")
    return entry


@pytest.fixture
def compiled_times(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One word for each time that a graph is compiled."""
    times, build = [], compiled.build_compiled
    monkeypatch.setattr(openvino_engine, "build_compiled", lambda *given: (times.append("compiled"), build(*given)))
    return times


def test_a_graph_is_compiled_once(path: Path, compiled_times: list[str]) -> None:
    first = engine_of(path).run(*frame())
    again = engine_of(path).run(*frame())
    assert compiled_times == ["compiled"]
    assert first.labels.tobytes() == again.labels.tobytes()


def test_another_graph_precision_or_version_is_compiled_for_itself(path: Path, monkeypatch) -> None:
    keys = [make(request_for(path), may_build=True).key]
    if "BF16" in cpu_key()["cpu_types"]:
        keys.append(make(request_for(path, precision="bf16"), may_build=True).key)
    write_tiny_graph(path, seed=8)
    keys.append(make(request_for(path), may_build=True).key)
    for what in ("openvino", "cpu", "cpu_types"):
        changed = {**cpu_key(), what: "another"}
        monkeypatch.setattr(openvino_engine, "cpu_key", lambda changed=changed: changed)
        keys.append(make(request_for(path), may_build=True).key)
    assert None not in keys
    assert len({str(key) for key in keys}) == len(keys)


def cut(blob: bytes) -> bytes:
    return blob[: len(blob) // 2]


def flipped(blob: bytes) -> bytes:
    middle = len(blob) // 2
    return blob[:middle] + bytes([blob[middle] ^ 1]) + blob[middle + 1 :]


@pytest.mark.parametrize("damage", [cut, flipped, lambda blob: b"", lambda blob: blob[::-1]])
def test_a_damaged_compiled_graph_is_made_again(
    path: Path, compiled_times: list[str], damage: Callable[[bytes], bytes]
) -> None:
    expected = engine_of(path).run(*frame())
    blob = entry_of(path) / BLOB_FILE
    blob.write_bytes(damage(blob.read_bytes()))
    assert engine_of(path).run(*frame()).labels.tobytes() == expected.labels.tobytes()
    assert compiled_times == ["compiled", "compiled"]


def test_what_openvino_itself_refuses_is_made_again(path: Path, compiled_times: list[str]) -> None:
    engine, key = make(request_for(path), may_build=True)
    assert key is not None
    (entry_of(path) / BLOB_FILE).write_bytes(b"no compiled graph at all")
    seal(entry_of(path), key)
    assert np.array_equal(engine_of(path).run(*frame()).labels, engine.run(*frame()).labels)
    assert compiled_times == ["compiled", "compiled"]


def test_other_processes_give_the_same_bytes(path: Path) -> None:
    def digest(engine: OpenVinoEngine) -> str:
        results = [engine.run(*frame(seed)) for seed in range(4)]
        return hashlib.sha256(b"".join(r.labels.tobytes() + r.confidence.tobytes() for r in results)).hexdigest()

    program = (
        "import sys, hashlib; from pathlib import Path; sys.path[:0] = sys.argv[2:]\n"
        "from test_openvino_engine import engine_of, frame\n"
        "engine = engine_of(Path(sys.argv[1])); results = [engine.run(*frame(seed)) for seed in range(4)]\n"
        "print(hashlib.sha256(b''.join(r.labels.tobytes() + r.confidence.tobytes() for r in results)).hexdigest())"
    )
    here = digest(engine_of(path))
    folders = [str(Path(__file__).parent), str(ROOT / "tests" / "support")]
    command = [sys.executable, "-c", program, str(path), *folders]
    there = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    assert here == there


def test_threads_take_turns(path: Path) -> None:
    engine = engine_of(path)
    expected = [engine.run(*frame(seed)).labels for seed in range(16)]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda seed: engine.run(*frame(seed)).labels, range(16)))
    assert all(np.array_equal(one, other) for one, other in zip(got, expected, strict=True))


def test_its_logits_are_not_copied(path: Path) -> None:
    """label_map wants them pixel by pixel, as the graph gives them."""
    scores = engine_of(path).run(*frame()).scores
    assert scores is not None
    assert scores.logits is not None
    assert scores.logits.shape == (1, 4, HEIGHT, WIDTH)
    assert scores.logits.is_contiguous(memory_format=torch.channels_last)


def test_it_computes_in_float32_unless_told_otherwise(path: Path) -> None:
    engine_of(path)
    loaded = load_compiled(entry_of(path), "fp32")
    assert loaded.get_property("INFERENCE_PRECISION_HINT").to_string() == "f32"
    assert loaded.get_property("INFERENCE_NUM_THREADS") == torch.get_num_threads() == 1
    assert loaded.get_property("ENABLE_CPU_PINNING") is False


def test_int8_is_made_once_for_these_frames(path: Path, compiled_times: list[str], monkeypatch) -> None:
    pytest.importorskip("nncf", reason="NNCF is not installed (extra: int8)")
    said: list[str] = []
    monkeypatch.setattr(logging.getLogger(openvino_engine.__name__), "warning", said.append)
    frames = [CheckFrames(name, lambda: (CheckFrame(*frame(seed)) for seed in range(4))) for name in ("mine", "other")]
    keys = []
    for check_frames in (frames[0], frames[0], frames[1]):
        engine, key = make(request_for(path, precision="int8", check_frames=check_frames), may_build=True)
        assert engine.precision == "int8"
        assert engine.run(*frame()).labels.shape == (HEIGHT, WIDTH)
        keys.append(str(key))
    assert keys[0] == keys[1] != keys[2]
    assert compiled_times == ["compiled", "compiled"]
    assert [line.split(",")[0] for line in said] == ["quantising tiny to int8"] * 2


@pytest.mark.parametrize(
    ("quota", "threads"),
    [("max 100000", 8), ("800000 100000", 8), ("250000 100000", 2), ("50000 100000", 1), ("nonsense", 8)],
)
def test_a_container_has_no_more_threads_than_its_share_of_the_cpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, threads: int
) -> None:
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    monkeypatch.setattr(cpu_threads, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    assert cpu_threads.usable_threads() == threads


@pytest.mark.parametrize(("quota", "threads"), [("-1", 8), ("300000", 3), ("10000", 1)])
def test_older_containers_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, threads: int) -> None:
    files = tmp_path / "quota", tmp_path / "period"
    files[0].write_text(quota)
    files[1].write_text("100000")
    monkeypatch.setattr(cpu_threads, "_QUOTA", tmp_path / "none")
    monkeypatch.setattr(cpu_threads, "_QUOTA_V1", files)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    assert cpu_threads.usable_threads() == threads


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"precision": "fp16"}, EngineUnavailableError, "fp16 is for GPUs; use fp32, bf16 or int8"),
        ({"precision": "int8"}, EngineUnavailableError, "int8 is scaled by frames, and there are none at hand"),
        ({"precision": "fp8"}, ValueError, "unknown precision 'fp8'"),
        ({"device": "abacus"}, ValueError, "unknown device 'abacus'"),
    ],
)
def test_what_it_cannot_do_is_one_line(path: Path, options: dict, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        make(request_for(path, **options), may_build=True)
    assert "\n" not in str(caught.value)


def test_a_gpu_is_somebody_elses(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino_engine, "resolve_device", torch.device)
    with pytest.raises(EngineUnavailableError, match="runs on the CPU, not on cuda:0; use --device cpu or auto"):
        make(request_for(path, device="cuda:0"), may_build=True)


def test_a_cpu_without_bf16_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    core = SimpleNamespace(get_property=lambda device, name: ["FP32", "INT8"])
    monkeypatch.setattr(openvino_engine, "openvino_core", lambda: core)
    with pytest.raises(EngineUnavailableError, match="this CPU does not compute in bf16"):
        make(request_for(path, precision="bf16"), may_build=True)


def test_a_damaged_graph_is_one_line_and_leaves_nothing(path: Path) -> None:
    source = find_model(path)
    content = path.read_bytes()
    for damaged in (content[: len(content) // 2], b"", content.replace(b"ArgMax", b"ArgMix")):
        path.write_bytes(damaged)
        with pytest.raises(CheckpointError) as caught:
            make(replace(request_for(path), source=source), may_build=True)
        assert "\n" not in str(caught.value)
    assert not list((path.parent / "cache").glob("openvino-*/"))


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (replace(CARD, input_size=(64, 48)), "but its model takes"),
        (ModelCard("tiny", class_set("nyu13"), SIZE), "but its model has 13 classes"),
    ],
)
def test_a_graph_that_is_not_what_its_card_says_is_refused(path: Path, card: ModelCard, said: str) -> None:
    with pytest.raises(CheckpointError, match=said):
        make(replace(request_for(path), source=ModelSource(card, path)), may_build=True)


def test_what_fails_on_a_frame_is_one_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("Exception from src/inference/cpp/infer_request.cpp:224:\nno memory")

    engine = engine_of(path)
    broken = SimpleNamespace(set_tensor=lambda *_: None, infer=fail)
    monkeypatch.setattr(engine, "_request", broken)
    with pytest.raises(
        EngineFailedError, match=r"engine openvino: failed on a frame \(.*\); use another --engine"
    ) as caught:
        engine.run(*frame())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("load", "module", "said"),
    [(load_openvino, "openvino", "rgbd-live[openvino]"), (load_nncf, "nncf", "rgbd-live[int8]")],
)
def test_a_missing_library_names_its_extra(
    monkeypatch: pytest.MonkeyPatch, load: Callable[[], object], module: str, said: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EngineUnavailableError) as caught:
        load()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nothing_is_reported_to_anybody(tmp_path: Path) -> None:
    """OpenVINO and NNCF send that they were imported, and leave a folder in the home folder, unless kept from it."""
    program = (
        "import socket, sys\n"
        "def refuse(*given): print('calls', given); raise OSError('no network here')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from segmentation.engines.openvino.library import load_openvino, load_nncf\n"
        "load_openvino(); LOAD_NNCF\n"
        "print(sorted(name for name in sys.modules if 'openvino_telemetry' in name))\n"
        "print(sys.modules['openvino.tools.ovc.telemetry_utils'].tm.__name__)\n"
    )
    nncf = "load_nncf()" if _has_nncf() else "None"
    environment = {**os.environ, "HOME": str(tmp_path)}
    for name in ("CI", "TF_BUILD", "JENKINS_URL"):  # OpenVINO keeps still by itself on build servers
        environment.pop(name, None)
    command = [sys.executable, "-c", program.replace("LOAD_NNCF", nncf)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[]", "openvino.tools.ovc.telemetry_stub"]
    assert not (tmp_path / "intel").exists()


def _has_nncf() -> bool:
    from importlib.util import find_spec

    return find_spec("nncf") is not None

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import pytest
import torch
from agreeing_engine import COUNT, FRAMES, AgreeingEngine

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.engines import choose, torch_engine
from segmentation.engines.cache import EngineCache
from segmentation.engines.cache.folder import KEY_FILE
from segmentation.engines.choose import Candidate, Choice, NotBuiltError, choose_engine
from segmentation.engines.engine import PRECISIONS
from segmentation.engines.parity import REPORT_FILE
from segmentation.engines.request import EngineRequest
from segmentation.errors import EngineUnavailableError
from segmentation.model_source import ModelSource

SMALL = ModelCard("malleable-deresunet-lite", class_set("nyu13"), (64, 48))
NOT_INSTALLED = 'engine {name}: {name} is not installed; pip install "rgbd-live[{name}]"'


class Shelf:
    """Engines by (name, precision): an engine, or an error to raise; torch is always there and is the reference."""

    def __init__(self, monkeypatch, cache: EngineCache):
        self.cache, self.asked, self.made = cache, [], []
        self.has: dict[tuple[str, str], object] = {}
        for name, module in choose._MODULES.items():
            monkeypatch.setattr(import_module(module), "make", self._maker(name))
        monkeypatch.setattr(choose, "_reference", lambda request: AgreeingEngine(name="torch"))

    def request(self, **changes: object) -> EngineRequest:
        source = SimpleNamespace(is_graph=False)
        made = EngineRequest(source, device="cpu", cache=self.cache, check_frames=FRAMES)  # pyright: ignore
        return replace(made, **changes)

    def put(self, name: str, thing: object, precision: str = "auto") -> None:
        self.has[name, precision] = thing

    def _maker(self, name: str) -> Callable[..., Candidate]:
        def make(request: EngineRequest, *, may_build: bool) -> Candidate:
            self.asked.append((name, request.device, request.precision, may_build))
            default = (
                AgreeingEngine(name="torch", device_name=request.device)
                if name == "torch"
                else EngineUnavailableError(NOT_INSTALLED.format(name=name))
            )
            thing = self.has.get((name, request.precision), default)
            if isinstance(thing, Exception):
                raise thing
            self.made.append(thing)
            is_reference = name == "torch" and thing.precision == "fp32"
            return Candidate(thing, None if is_reference else {"kind": name, "precision": thing.precision})

        return make


@pytest.fixture
def shelf(monkeypatch, tmp_path) -> Shelf:
    return Shelf(monkeypatch, EngineCache(tmp_path / "cache"))


@pytest.fixture
def with_cuda(monkeypatch) -> None:
    devices = {"auto": "cuda:0", "cuda": "cuda:0"}
    monkeypatch.setattr(torch_engine, "resolve_device", lambda name: torch.device(devices.get(name, name)))


def test_the_quickest_on_a_cpu_is_taken_and_said(shelf) -> None:
    shelf.put("openvino", AgreeingEngine(name="openvino"))
    chosen = choose_engine("auto", shelf.request())
    assert (chosen.engine.name, chosen.reason) == ("openvino", "the quickest on a CPU")
    assert len(chosen.engine.frames) == COUNT
    assert [name for name, *_ in shelf.asked] == ["openvino"]


def test_what_is_not_installed_is_passed_over_and_the_first_cause_says_the_cure(shelf) -> None:
    chosen = choose_engine("auto", shelf.request())
    assert chosen.engine.name == "torch"
    assert chosen.reason == (
        'instead of openvino and onnx: openvino is not installed; pip install "rgbd-live[openvino]"'
    )
    shelf.put("onnx", AgreeingEngine(name="onnx"))
    assert choose_engine("auto", shelf.request()).reason.startswith("instead of openvino: openvino is not installed")


def test_a_wrong_model_that_fits_is_refused_with_the_report_and_the_next_is_used(shelf) -> None:
    shelf.put("openvino", AgreeingEngine(400, name="openvino"))
    chosen = choose_engine("auto", shelf.request())
    assert chosen.engine.name == "torch"
    assert chosen.reason.startswith("instead of openvino and onnx: refused: 60.00 % of labels as torch")
    assert REPORT_FILE in chosen.reason
    assert shelf.made[0].closed
    with pytest.raises(EngineUnavailableError, match=r"^engine openvino: refused: 60\.00 %"):
        choose_engine("openvino", shelf.request())
    assert len(shelf.made[0].frames) == COUNT  # not compared again


def test_half_precision_that_is_refused_gives_way_to_full(shelf, with_cuda) -> None:
    shelf.put("torch", AgreeingEngine(name="torch", precision="fp16", device_name="cuda:0", nan="logits"))
    chosen = choose_engine("auto", shelf.request(device="auto"))
    assert (chosen.engine.name, chosen.engine.precision, chosen.engine.device_name) == ("torch", "fp32", "cuda:0")
    assert chosen.reason.startswith("instead of tensorrt and torch: tensorrt is not installed")
    shelf.put("torch", shelf.has["torch", "auto"], "fp16")
    with pytest.raises(EngineUnavailableError, match=r"no engine can run this model .*; torch: refused"):
        choose_engine("auto", shelf.request(device="cuda", precision="fp16"))


def test_what_takes_minutes_is_taken_only_where_it_was_built_or_asked_for(shelf, with_cuda) -> None:
    shelf.put("tensorrt", NotBuiltError("engine tensorrt: is not built"))
    shelf.put("torch", AgreeingEngine(name="torch", precision="fp16", device_name="cuda:0"))
    assert choose_engine("auto", shelf.request(device="auto")).reason == "instead of tensorrt: is not built"
    assert [(name, may_build) for name, *_, may_build in shelf.asked] == [("tensorrt", False), ("torch", False)]
    shelf.put("tensorrt", AgreeingEngine(name="tensorrt", precision="fp16", device_name="cuda:0"))
    assert choose_engine("auto", shelf.request(device="auto")).reason == "the quickest on a GPU"
    assert choose_engine("tensorrt", shelf.request(device="auto")).reason == "as asked for"
    assert shelf.asked[-1] == ("tensorrt", "cuda:0", "auto", True)


def test_graphs_are_run_by_what_can_run_them(shelf, with_cuda) -> None:
    graph = SimpleNamespace(is_graph=True)
    shelf.put("onnx", AgreeingEngine(name="onnx", precision="fp16", device_name="cuda:0"))
    chosen = choose_engine("auto", shelf.request(device="auto", source=graph))
    assert (chosen.engine.name, chosen.engine.device_name) == ("onnx", "cuda:0")
    assert chosen.reason.startswith("instead of tensorrt: tensorrt is not installed")
    assert [name for name, *_ in shelf.asked] == ["tensorrt", "onnx"]
    shelf.put("onnx", EngineUnavailableError("engine onnx: needs another onnxruntime"))
    with pytest.raises(EngineUnavailableError, match=r"here: tensorrt: .*; onnx: needs another onnxruntime$"):
        choose_engine("auto", shelf.request(device="cuda", source=graph))


def test_a_gpu_that_cannot_be_used_gives_way_to_the_cpu_unless_it_was_asked_for(shelf, with_cuda) -> None:
    def broken(name: str, request: EngineRequest) -> Choice:
        assert (name, request.device) == ("auto", "cuda:0")
        raise EngineUnavailableError("the inference process was ended by SIGSEGV")

    shelf.put("openvino", AgreeingEngine(name="openvino"))
    chosen = choose_engine("auto", shelf.request(device="auto"), on_gpu=broken)
    assert chosen.engine.name == "openvino"
    assert chosen.reason == "instead of cuda:0: the inference process was ended by SIGSEGV"
    with pytest.raises(EngineUnavailableError, match="SIGSEGV"):
        choose_engine("auto", shelf.request(device="cuda"), on_gpu=broken)


def test_an_engine_that_is_only_for_gpus_says_its_own_cause(shelf, with_cuda) -> None:
    with pytest.raises(EngineUnavailableError, match="tensorrt is not installed"):
        choose_engine("tensorrt", shelf.request(device="auto"))


def test_an_engine_that_is_only_for_cpus_does_not_ask_the_gpu(shelf, with_cuda) -> None:
    shelf.put("openvino", AgreeingEngine(name="openvino"))
    assert choose_engine("openvino", shelf.request(device="auto"), on_gpu=None).engine.name == "openvino"


def test_without_frames_nothing_is_prepared_and_what_was_accepted_is_used(shelf) -> None:
    prepared = []

    class Prepared(AgreeingEngine):
        pass

    def make(request: EngineRequest, *, may_build: bool) -> Candidate:
        key = {"kind": "openvino"}
        engine = request.cache.obtain(key, lambda folder: prepared.append(folder), lambda _: Prepared(name="openvino"))
        return Candidate(engine, key)

    module = import_module(choose._MODULES["openvino"])
    module.make = make  # the fixture's own patch is taken back at the end
    bare = shelf.request(check_frames=None)
    chosen = choose_engine("auto", bare)
    assert (chosen.engine.name, prepared) == ("torch", [])
    assert chosen.reason.startswith("instead of openvino and onnx: openvino is not prepared yet")
    with pytest.raises(NotBuiltError, match="openvino is not prepared yet, which takes check_frames"):
        choose_engine("openvino", bare)
    assert not prepared
    choose_engine("auto", shelf.request())
    assert len(prepared) == 1
    assert choose_engine("auto", bare).engine.name == "openvino"
    (shelf.cache.path({"kind": "openvino"}) / KEY_FILE).write_text("damaged")
    assert (choose_engine("auto", bare).engine.name, len(prepared)) == ("torch", 1)


def test_an_engine_that_fails_while_it_is_compared_is_passed_over(shelf) -> None:
    shelf.put("openvino", AgreeingEngine(name="openvino", fails=True))
    assert choose_engine("auto", shelf.request()).reason.startswith(
        "instead of openvino and onnx: this frame is too much"
    )


@pytest.mark.parametrize(
    ("engine", "precision", "device"),
    [
        (engine, precision, device)
        for engine in ("torch", "onnx", "openvino", "tensorrt")
        for precision in PRECISIONS[1:]
        for device in ("cpu", "cuda:7")
    ],
)
def test_what_does_not_go_together_gives_one_clear_line(engine, precision, device, monkeypatch, tmp_path) -> None:
    """Never a traceback: an engine, or a line that says what to do. Nothing is prepared for that."""

    def nothing(*_: object, **__: object) -> Iterator[None]:
        raise NotBuiltError("engine x: it goes together; use it")

    monkeypatch.setattr(EngineCache, "obtain", nothing)
    source = ModelSource(SMALL, None)
    request = EngineRequest(source, device, precision, EngineCache(tmp_path), FRAMES)  # pyright: ignore
    try:
        choose_engine(engine, request)
    except EngineUnavailableError as error:
        text = str(error)
        assert "\n" not in text
        assert len(text) < 250
        assert any(word in text for word in ("; use", "needs", "install", "refused", "to retry")), text


def test_names_that_are_none_are_usage_errors(shelf) -> None:
    with pytest.raises(ValueError, match="unknown engine 'abacus': use one of auto, torch"):
        choose_engine("abacus", shelf.request())
    with pytest.raises(ValueError, match="unknown precision 'int4'"):
        choose_engine("torch", shelf.request(precision="int4"))
    with pytest.raises(ValueError, match="unknown device 'gpu'"):
        choose_engine("torch", shelf.request(device="gpu"))

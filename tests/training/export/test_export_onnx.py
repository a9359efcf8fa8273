"""`rgbd-train export --to onnx`; the export itself is tests/segmentation/graphs' matter, and here it is a copy."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from exported_model import exported_model
from random_models import save_model
from small_disks import small_disk

from console.errors import OutputError, UsageError
from console.interrupt import Interrupt
from segmentation.engines.parity import EngineRefusedError
from segmentation.errors import CheckpointError, EngineUnavailableError, UnknownModelError
from segmentation.graphs.export import GraphReport
from training.export import onnx as exporting
from training.export.command import run_export
from training.export.options import ExportOptions
from training.main import main

onnx = pytest.importorskip("onnx", reason="onnx is not installed (extra: onnx)")
pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra: onnx)")


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported_model(tmp_path_factory.mktemp("model"))[1]


class Exports:
    """Stands in for the exporter: it takes seconds, and is tested elsewhere."""

    def __init__(self, graph: Path) -> None:
        self.graph, self.asked = graph, []

    def __call__(self, card, network, path: Path, *, precision: str, fingerprint: str) -> GraphReport:
        self.asked.append((card.input_size, precision, len(fingerprint)))
        shutil.copyfile(self.graph, path)
        return GraphReport(3, path.stat().st_size, {"Conv": 2, "Relu": 1})


@pytest.fixture
def exports(graph: Path, monkeypatch) -> Exports:
    stand_in = Exports(graph)
    monkeypatch.setattr(exporting, "export_graph", stand_in)
    return stand_in


@pytest.fixture
def options(tmp_path: Path) -> ExportOptions:
    model = save_model(tmp_path / "lively.safetensors", "nyu13")
    return ExportOptions(model=str(model), to="onnx", out=tmp_path / "out" / "lively.onnx")


def left(options: ExportOptions) -> list[str]:
    return sorted(path.name for path in options.out.parent.iterdir()) if options.out.parent.is_dir() else []


def test_the_graph_its_report_and_what_is_said(exports: Exports, options: ExportOptions, capsys) -> None:
    assert run_export(options, Interrupt()) == 0
    assert exports.asked == [((64, 48), "fp32", 64)]
    assert options.out.read_bytes() == exports.graph.read_bytes()
    report = json.loads(options.report.read_text())
    assert (report["accepted"], report["finite"], report["frames"]) == (True, True, 32)
    assert report["agreement"] > 0.999
    said = capsys.readouterr().err
    assert "malleable-deresunet-lite for 64x48, fp32, " in said
    assert " MB, 3 nodes of 2 kinds" in said
    assert " % of labels as torch " in said
    assert left(options) == ["lively.onnx", "lively.onnx.parity.json"]


def test_a_graph_that_disagrees_gets_no_name(exports: Exports, options: ExportOptions, tmp_path: Path) -> None:
    model = onnx.load(exports.graph)
    for node in model.graph.node:
        if node.op_type == "ArgMax":
            node.op_type = "ArgMin"
    exports.graph = tmp_path / "wrong.onnx"
    onnx.save(model, exports.graph)
    with pytest.raises(EngineRefusedError, match=r"lively.onnx: not written: .* % of labels as torch"):
        run_export(options, Interrupt())
    assert left(options) == ["lively.onnx.parity.json"]
    assert not json.loads(options.report.read_text())["accepted"]


def test_without_onnx_runtime_it_is_written_and_not_compared(exports, options: ExportOptions, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert run_export(options, Interrupt()) == 0
    assert "not compared with torch: engine onnx needs the package onnxruntime" in capsys.readouterr().err
    assert left(options) == ["lively.onnx"]


@pytest.mark.parametrize("there", ["lively.onnx", "lively.onnx.parity.json"])
def test_what_is_there_is_replaced_only_if_told(exports, options: ExportOptions, there: str) -> None:
    options.out.parent.mkdir()
    (options.out.parent / there).write_text("mine")
    arguments = ["export", "--model", options.model, "--to", "onnx", "--out", str(options.out)]
    with pytest.raises(UsageError, match=f"{there} exists; add --overwrite to replace it"):
        run_export(options, Interrupt())
    assert (options.out.parent / there).read_text() == "mine"
    assert main([*arguments, "--overwrite"]) == 0
    assert left(options) == ["lively.onnx", "lively.onnx.parity.json"]
    assert (options.out.parent / there).read_bytes() != b"mine"


def test_a_full_disk_leaves_nothing_and_is_exit_code_6(exports, options: ExportOptions, tmp_path: Path, capsys) -> None:
    with small_disk(tmp_path / "small", 1) as disk:
        out = disk / "lively.onnx"
        assert main(["export", "--model", options.model, "--to", "onnx", "--out", str(out)]) == 6
        last = capsys.readouterr().err.splitlines()[-1]
        assert last == f"rgbd-train: cannot write {out}: No space left on device"
        assert list(disk.iterdir()) == []


def test_a_signal_leaves_nothing(exports: Exports, options: ExportOptions, monkeypatch) -> None:
    interrupt = Interrupt()

    def stopped(*arguments, **named) -> GraphReport:
        interrupt.requested = True
        return exports(*arguments, **named)

    monkeypatch.setattr(exporting, "export_graph", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_export(options, interrupt)
    assert left(options) == []


def test_another_size_is_what_is_exported(exports: Exports, options: ExportOptions, monkeypatch) -> None:
    monkeypatch.setattr(exporting, "_checked", lambda *_: "")
    sized = ExportOptions(model=options.model, to="onnx", out=options.out, size=(96, 64), precision="fp16")
    assert run_export(sized, Interrupt()) == 0
    assert exports.asked == [((96, 64), "fp16", 64)]


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"model": "resnet"}, UnknownModelError, "unknown model 'resnet'"),
        ({"model": "none.safetensors"}, CheckpointError, "model file not found: none.safetensors"),
        ({"model": "GRAPH"}, UsageError, "is an ONNX graph already"),
        ({"size": (9000, 9000)}, UsageError, "--size 9000x9000: input_size: expected width and height in 1..8192"),
        ({"model": "GRAPH", "size": (96, 64)}, UsageError, "--size: an exported graph is of one size"),
    ],
)
def test_what_cannot_be_exported_is_said_before_anything_is_made(exports, options, graph, change, kind, said) -> None:
    fields = {"model": options.model, "to": "onnx", "out": options.out, **change}
    fields["model"] = str(graph) if fields["model"] == "GRAPH" else fields["model"]
    with pytest.raises(kind, match=said):
        run_export(ExportOptions(**fields), Interrupt())
    assert left(options) == []


def test_a_folder_in_the_way_is_one_line(exports, options: ExportOptions) -> None:
    options.out.mkdir(parents=True)
    with pytest.raises(OutputError, match="is a folder; choose another name"):
        run_export(options, Interrupt())


def test_without_the_exporter_the_cure_is_one_line(options: ExportOptions, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(EngineUnavailableError, match=r"package onnxscript, .*pip install 'rgbd-live\[onnx\]'"):
        run_export(options, Interrupt())
    assert left(options) == []

"""The models' table and JSON: computed figures, trained or not, and refusals."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from app import models_command
from console.errors import UsageError

KEYS = {
    "name", "default", "parameters", "size_mb", "size_mb_fp16", "gmac", "malleable_layers", "trained", "classes",
    "input_size",
}  # fmt: skip


@dataclass
class Summary:
    name: str
    parameters: int
    size_mb: float
    gmac: float
    malleable_layers: int


@pytest.fixture
def two_models(monkeypatch):
    """Instead of the networks, two whose figures follow from the arguments."""

    def summary(name, num_classes, size):
        return Summary(name, 203_000_000 + num_classes, 815.12, size[0] * size[1] / 1000, 4)

    fake = SimpleNamespace(
        MODEL_NAMES=("malleable-deeplabv3plus-r101", "malleable-deresunet-lite"),
        DEFAULT_MODEL="malleable-deresunet-lite",
        model_summary=summary,
    )
    monkeypatch.setitem(sys.modules, "segmentation.models", fake)


def test_json_follows_the_arguments(two_models, capfd):
    assert models_command.run(as_json=True, classes=50, size=(640, 480)) == 0
    rows = json.loads(capfd.readouterr().out)
    assert [set(row) for row in rows] == [KEYS, KEYS]
    assert rows[1] == {
        "name": "malleable-deresunet-lite",
        "default": True,
        "parameters": 203_000_050,
        "size_mb": 815.12,
        "size_mb_fp16": 407.56,
        "gmac": 307.2,
        "malleable_layers": 4,
        "trained": models_command.has_trained_weights("malleable-deresunet-lite"),
        "classes": 50,
        "input_size": [640, 480],
    }


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_table_is_whole_in_a_narrow_terminal(two_models, capfd, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    assert models_command.run(as_json=False) == 0
    lines = capfd.readouterr().out.splitlines()
    assert max(len(line) for line in lines) <= int(columns)
    row = next(line for line in lines if line.startswith("malleable-deeplabv3plus-r101"))
    assert row.split()[1:] == ["203,000,037", "815.1", "407.6", "76.80", "4", "UNTRAINED"]
    assert lines[-1] == "For 37 classes and 320x240 pixels. The default is malleable-deresunet-lite."


def test_a_model_whose_weights_are_shipped(two_models, monkeypatch, capfd):
    monkeypatch.setattr(models_command, "has_trained_weights", lambda name: name.endswith("lite"))
    models_command.run(as_json=True)
    assert [row["trained"] for row in json.loads(capfd.readouterr().out)] == [False, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes": 0}, "--classes 0"),
        ({"classes": 256}, "--classes 256"),
        ({"size": (0, 240)}, "--size 0x240"),
    ],
)
def test_what_no_network_can_have_is_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        models_command.run(as_json=False, **arguments)


def test_the_real_models(capfd):
    pytest.importorskip("segmentation.models")
    from segmentation.models import MODEL_NAMES

    assert models_command.run(as_json=True) == 0
    rows = {row["name"]: row for row in json.loads(capfd.readouterr().out)}
    assert list(rows) == list(MODEL_NAMES)
    assert [row["name"] for row in rows.values() if row["default"]] == ["malleable-deresunet-lite"]
    assert all(row["malleable_layers"] > 0 for name, row in rows.items() if name.startswith("malleable-"))
    assert all(row["malleable_layers"] == 0 for name, row in rows.items() if not name.startswith("malleable-"))
    assert all(row["size_mb"] == pytest.approx(row["parameters"] * 4 / 2**20, rel=0.01) for row in rows.values())

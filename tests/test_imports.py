"""The folders are the architecture: who may import whom, and that our names are ours."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "app": {"app", "console", "sensors", "segmentation"},
    "training": {"training", "console", "sensors", "segmentation"},
    "console": {"console", "sensors", "segmentation"},
    "sensors": {"sensors"},
    "segmentation": {"segmentation"},
}
OUTSIDE = {"tests", "benchmarks"}


def imported_packages(source: str, package: str) -> Iterator[str]:
    """The top-level names that a file in this package imports, anywhere in it, relative imports resolved."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield package if node.level else (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__"):
                yield str(node.args[0].value).partition(".")[0]


def trespasses(source: str, package: str) -> set[str]:
    ours = set(ALLOWED) | OUTSIDE
    return {name for name in imported_packages(source, package) if name in ours and name not in ALLOWED[package]}


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_go_one_way(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    found = {str(file.relative_to(ROOT)): names for file in files if (names := trespasses(file.read_text(), package))}
    assert not found


@pytest.mark.parametrize(
    ("package", "source", "expected"),
    [
        ("sensors", "import segmentation.labels", {"segmentation"}),
        ("segmentation", "def f():\n    from sensors.frames import Frame", {"sensors"}),
        ("segmentation", "import importlib\nimportlib.import_module('app.main')", {"app"}),
        ("app", "from training import loop", {"training"}),
        ("training", "import app", {"app"}),
        ("app", "from sensors import open\nimport segmentation, numpy\nfrom . import main", set()),
        ("console", "from app.main import main", {"app"}),
        ("sensors", "import console.say", {"console"}),
        ("app", "from tests.support import camera", {"tests"}),
    ],
)
def test_the_walk_sees_every_kind_of_import(package: str, source: str, expected: set[str]) -> None:
    assert trespasses(source, package) == expected


def test_sensors_never_import_torch() -> None:
    for file in (ROOT / "sensors").rglob("*.py"):
        assert "torch" not in set(imported_packages(file.read_text(), "sensors")), file


@pytest.mark.parametrize("name", ALLOWED)
def test_no_other_distribution_shadows_our_packages(name: str) -> None:
    file = importlib.import_module(name).__file__
    assert file is not None
    assert Path(file).parent == ROOT / name


def test_the_models_names_are_cheap_to_import() -> None:
    code = "import sys, segmentation.models; print(sorted({'torch', 'cv2', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"

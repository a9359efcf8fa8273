"""The fused kernel in Triton's interpreter against the oracle, and what happens where it cannot run."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from segmentation.kernels import malleable_op
from segmentation.malleable import MalleableConv2d
from segmentation.malleable_reference import reference_forward

pytest.importorskip("triton")
ROOT = Path(__file__).resolve().parents[3]
SUPPORT = ROOT / "tests" / "support"
FLOAT32, FLOAT16 = 5e-6, 2e-3  # of the largest value
LAYERS = (
    "3x3",
    "one kernel, strided",
    "two kernels, dilated",
    "padded beyond the window",
    "no padding",
    "four kernels, another size and step each way",
    "a row",
    "1x1",
    "more channels than a block",
)


def child(script: str, *arguments: str, cache: Path, **environment: str) -> Any:
    """What a script prints. Triton keeps what it compiles in a folder of its own: give it one."""
    told = os.environ | {"PYTHONPATH": str(ROOT), "TRITON_CACHE_DIR": str(cache)} | environment
    command = [sys.executable, "-W", "ignore", str(SUPPORT / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=told, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return child("interpreted_kernel.py", cache=tmp_path_factory.mktemp("triton"), TRITON_INTERPRET="1")


@pytest.mark.parametrize("name", LAYERS)
def test_it_equals_the_oracle(answers: dict[str, Any], name: str) -> None:
    assert set(answers["float32"]) == set(LAYERS)
    assert answers["float32"][name] < FLOAT32


@pytest.mark.parametrize("name", ["3x3", "a row"])
def test_in_half_precision_it_is_close_to_the_oracle(answers: dict[str, Any], name: str) -> None:
    assert answers["float16"][name] < FLOAT16


def test_without_depth_it_is_the_plain_convolution(answers: dict[str, Any]) -> None:
    assert answers["without depth"] < FLOAT32


def test_scaling_all_depth_changes_nothing(answers: dict[str, Any]) -> None:
    assert answers["scaled depth"] == 0


def test_no_step_of_depth_overflows_half_precision(answers: dict[str, Any]) -> None:
    assert answers["steep"] < FLOAT16


def test_no_depth_whatever_gives_nan(answers: dict[str, Any]) -> None:
    assert answers["odd depth"] == 0


def test_a_layer_in_half_precision_calls_it_by_itself(answers: dict[str, Any]) -> None:
    layer = answers["layer"]
    assert layer["as standard operators"] < FLOAT16
    assert not layer["not as standard operators to the bit"], "the kernel was not called"
    assert layer["channels-last"] == 0


def test_a_compiled_network_keeps_it_whole(answers: dict[str, Any]) -> None:
    layer = answers["layer"]
    assert layer["operators in the compiled graph"] == 1
    assert layer["convolutions in the compiled graph"] == 0
    assert layer["compiled"] == 0


def test_it_compiles_for_a_gpu_and_uses_its_tensor_cores(tmp_path: Path) -> None:
    (smallest,) = child("compiled_kernel.py", "80", "5", cache=tmp_path)
    assert smallest["tensor_core_instructions"] > 0


def test_another_size_of_image_compiles_nothing_anew_and_the_choice_of_tile_is_kept(tmp_path: Path) -> None:
    tiles, sizes = 2, 3
    assert child("launched_kernel.py", cache=tmp_path) == tiles * sizes
    assert len(list(tmp_path.rglob("*.cubin"))) == tiles
    assert child("launched_kernel.py", cache=tmp_path) == 0


def test_it_takes_the_triton_of_the_oldest_torch() -> None:
    """Triton 3.2 has no knobs, and keeps no choice of tiles."""
    script = """
import sys, triton
sys.modules["triton.knobs"] = None
del triton.knobs
triton.autotune = lambda configs, key: lambda kernel: kernel
import segmentation.kernels.malleable_kernel
"""
    told = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=told, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize(("capability", "most_shared_bytes"), [(80, 163 << 10), (86, 99 << 10), (90, 227 << 10)])
def test_every_tile_fits_every_gpu(tmp_path: Path, capability: int, most_shared_bytes: int) -> None:
    for tile in child("compiled_kernel.py", str(capability), *"012345", cache=tmp_path):
        assert 0 < tile["shared_bytes"] <= most_shared_bytes
        assert tile["tensor_core_instructions"] > 0


# --- where it cannot run -----------------------------------------------------------------------------------------


def half_layer() -> tuple[MalleableConv2d, tuple[torch.Tensor, torch.Tensor, torch.Tensor, float]]:
    torch.manual_seed(0)
    layer = MalleableConv2d(4, 6, 3, padding=1, bias=True).eval().half()
    depth_m = 1.5 + 0.02 * torch.randn(1, 1, 7, 9)
    x = torch.randn(1, 4, 7, 9).half().contiguous(memory_format=torch.channels_last)
    return layer, (x, depth_m, torch.full((1, 2), 500.0), 4.0)


@pytest.fixture
def as_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Layers call the operator, although there is nothing here that the kernel could run on."""
    monkeypatch.setattr(malleable_op, "INTERPRETED", True)
    monkeypatch.setattr(malleable_op, "_refused", False)
    return monkeypatch


@pytest.mark.parametrize("triton", ["there", "missing"])
@torch.no_grad()
def test_where_it_cannot_be_launched_the_layer_says_so_once_and_computes_the_same(
    as_on_a_gpu: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, triton: str
) -> None:
    if triton == "missing":
        as_on_a_gpu.setitem(sys.modules, "segmentation.kernels.malleable_kernel", None)
    layer, arguments = half_layer()
    expected = reference_forward(layer.float(), arguments[0].float(), *arguments[1:])
    layer.half()
    with caplog.at_level(logging.WARNING):
        first, again = layer(*arguments), layer(*arguments)
    assert len(caplog.records) == 1
    assert "fused malleable kernel cannot be used here" in caplog.text
    torch.testing.assert_close(first.float(), expected, rtol=5e-3, atol=5e-3)
    assert torch.equal(first, again)
    assert first.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("Triton Error [CUDA]: out of memory")]
)
@torch.no_grad()
def test_lack_of_memory_is_not_a_reason_to_give_it_up(as_on_a_gpu: pytest.MonkeyPatch, error: RuntimeError) -> None:
    def full(*_: object) -> None:
        raise error

    module = type(sys)("segmentation.kernels.malleable_kernel")
    module.__dict__["launch"] = full
    as_on_a_gpu.setitem(sys.modules, module.__name__, module)
    layer, arguments = half_layer()
    with pytest.raises(type(error), match="out of memory"):
        layer(*arguments)
    assert not malleable_op._refused


def test_gradients_and_exports_never_meet_it(as_on_a_gpu: pytest.MonkeyPatch) -> None:
    layer, arguments = half_layer()
    layer(*arguments).sum().backward()
    assert layer.weight.grad is not None
    with torch.no_grad():
        program = torch.export.export(layer, arguments)
    assert not [node for node in program.graph.nodes if "rgbd_live" in str(node.target)]


@torch.no_grad()
def test_other_types_never_meet_it(as_on_a_gpu: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    layer, arguments = half_layer()
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        layer.to(dtype)(arguments[0].to(dtype), *arguments[1:])
    assert not caplog.records


@torch.no_grad()
def test_the_folded_scalars_follow_the_parameters(as_on_a_gpu: pytest.MonkeyPatch) -> None:
    layer, arguments = half_layer()
    layer(*arguments)
    for parameter in layer.no_weight_decay_parameters():
        parameter.add_(0.5)
        expected = reference_forward(layer, *arguments)
        torch.testing.assert_close(layer(*arguments), expected, rtol=1e-2, atol=1e-2)

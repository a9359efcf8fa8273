"""The malleable layer against a plain convolution and against the authors' form (unfold, three products).

Time in torch, ONNX Runtime and OpenVINO, two threads, medians of interleaved repeats in one process; memory is what one
call adds to the peak of a fresh child process. Ratios are to be compared, not milliseconds. On a GPU: half precision,
every form as one graph of launches. --dry-run runs that part alone, small and on a CPU.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from _cuda import device_title, replay_medians_ms, wanted_device
from _measure import THREADS, medians_ms, print_heading
from torch import Tensor, nn
from torch.nn import functional

from segmentation.errors import EngineUnavailableError
from segmentation.graphs.export import quiet_exporter
from segmentation.graphs.libraries import need
from segmentation.malleable import MalleableConv2d

SIZES = ((64, 120, 160), (128, 60, 80), (256, 30, 40), (512, 15, 20))  # channels, height, width at 480x640
REPEATS, FOCAL_PX = 9, 518.0
NAMES = ("x", "depth_m", "focal_px")


class OfficialForm(nn.Module):
    """The authors' computation, in its order: unfold, shares, missing readings by index, three masked products."""

    def __init__(self, layer: MalleableConv2d, step_px: float) -> None:
        super().__init__()
        self.layer, self.step_px = layer, step_px

    def forward(self, x: Tensor, depth_m: Tensor, focal_px: Tensor) -> Tensor:
        """(N,C,H,W) -> (N,O,H,W)."""
        count, channels, height, width = x.shape
        neighbours = functional.unfold(x, 3, padding=1).view(count, channels, 9, -1)
        shares, total = self.shares(depth_m, focal_px), torch.zeros(())
        for kernel, scale in enumerate(self.layer.kernel_scales):
            masked = (neighbours * shares[kernel].to(x.dtype)).view(count, channels * 9, -1)
            total = total + torch.matmul(self.layer.weight[kernel].flatten(1), masked) * scale
        return total.view(count, -1, height, width)

    def shares(self, depth_m: Tensor, focal_px: Tensor) -> list[Tensor]:
        """Three (N,1,9,P)."""
        depth = functional.unfold(depth_m, 3, padding=1)
        known = (depth != 0).float() * (depth[:, 4:5] != 0).float()
        depth = depth * known
        centre, invalid = depth[:, 4:5], (known == 0)[:, None]
        gap_m = (depth - centre)[:, None]
        steps = gap_m * 100 / (1e-5 + self.step_px * centre / focal_px[:, :1, None] * 100)[:, None]
        centres = self.layer.held_centres
        logits = -((steps - centres[None, :, None, None]) ** 2) / self.layer.temperature
        near = logits[:, :1] * (1 - 2 * (gap_m < centres[0]).float())
        far = logits[:, 4:] * (1 - 2 * (gap_m > centres[4]).float())
        classes = torch.softmax(torch.cat([near, logits[:, 1:4], far], 1), 1)
        shares = [classes[:, kernel : kernel + 1].clone() for kernel in (1, 2, 3)]
        for share in shares:
            share[invalid] = 1 / 5
        return shares


class OurForm(nn.Module):
    """The layer of this project, in evaluation mode."""

    def __init__(self, layer: MalleableConv2d, step_px: float) -> None:
        super().__init__()
        self.layer, self.step_px = layer, step_px

    def forward(self, x: Tensor, depth_m: Tensor, focal_px: Tensor) -> Tensor:
        """(N,C,H,W) -> (N,O,H,W)."""
        return self.layer(x, depth_m, focal_px, self.step_px)


class PlainForm(nn.Module):
    """One 3x3 convolution; the depth is looked at so that all forms take the same."""

    def __init__(self, layer: MalleableConv2d) -> None:
        super().__init__()
        self.weight = nn.Parameter(layer.weight[0].detach().clone())

    def forward(self, x: Tensor, depth_m: Tensor, focal_px: Tensor) -> Tensor:
        """(N,C,H,W) -> (N,O,H,W)."""
        return functional.conv2d(x, self.weight, padding=1)


def forms(channels: int, height: int) -> dict[str, nn.Module]:
    layer, step_px = MalleableConv2d(channels, channels, 3, padding=1), 480 / height
    made = {"plain": PlainForm(layer), "official": OfficialForm(layer, step_px), "ours": OurForm(layer, step_px)}
    return {name: form.eval() for name, form in made.items()}


def scene(channels: int, height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """Features; a wall that recedes from 1.5 to 3.5 m with 2 cm of noise and 15 % of it missing; focal lengths."""
    depth_m = 1.5 + 0.02 * torch.rand(1, 1, height, width) + torch.linspace(0, 2, width)
    depth_m = torch.where(torch.rand_like(depth_m) < 0.15, 0.0, depth_m)
    return torch.randn(1, channels, height, width), depth_m, torch.full((1, 2), FOCAL_PX)


def torch_times(channels: int, height: int, width: int) -> dict[str, float]:
    inputs = scene(channels, height, width)
    with torch.no_grad():
        ways = {name: lambda f=form: f(*inputs) for name, form in forms(channels, height).items()}
        return medians_ms(ways, REPEATS)


def cuda_times(device: torch.device, channels: int, height: int, width: int) -> dict[str, float]:
    x, depth_m, focal_px = (value.to(device) for value in scene(channels, height, width))
    x = x.half().contiguous(memory_format=torch.channels_last)
    made = {name: form.to(device).half() for name, form in forms(channels, height).items()}
    weight = made["plain"].get_parameter("weight")
    weight.data = weight.data.contiguous(memory_format=torch.channels_last)
    ways = {name: lambda f=form: f(x, depth_m, focal_px) for name, form in made.items()}
    return replay_medians_ms(ways, device)


def exported(channels: int, height: int, width: int) -> dict[str, bytes]:
    """Each form as an ONNX graph, its inputs named NAMES."""
    inputs, models = scene(channels, height, width), {}
    for name, form in forms(channels, height).items():
        with torch.no_grad(), quiet_exporter():
            form(*inputs)
            program = torch.onnx.export(form, inputs, dynamo=True, verbose=False, input_names=NAMES)
        assert program is not None
        models[name] = program.model_proto.SerializeToString()
    return models


def onnx_times(channels: int, height: int, width: int) -> dict[str, float]:
    onnxruntime = need("onnxruntime", "this benchmark")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # sessions would disturb one another
    calls: dict[str, Callable[[], object]] = {}
    for name, model in exported(channels, height, width).items():
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        feed = fed({entry.name for entry in session.get_inputs()}, channels, height, width)
        calls[name] = lambda s=session, f=feed: s.run(None, f)
    return medians_ms(calls, REPEATS)


def openvino_times(channels: int, height: int, width: int) -> dict[str, float]:
    from segmentation.engines.openvino.compiled import compile_options
    from segmentation.engines.openvino.library import openvino_core

    core, calls = openvino_core(), dict[str, Callable[[], object]]()
    for name, model in exported(channels, height, width).items():
        compiled = core.compile_model(core.read_model(model), "CPU", compile_options("fp32"))
        feed = fed({port.any_name for port in compiled.inputs}, channels, height, width)
        request = compiled.create_infer_request()
        calls[name] = lambda r=request, f=feed: r.infer(f, share_inputs=True, share_outputs=True)
    return medians_ms(calls, REPEATS)


def fed(wanted: set[str], channels: int, height: int, width: int) -> dict[str, Any]:
    """The scene by the names of NAMES; the exporter drops what a form does not look at."""
    inputs = scene(channels, height, width)
    return {name: value.numpy() for name, value in zip(NAMES, inputs, strict=True) if name in wanted}


def peak_mb(form: str, channels: int, height: int, width: int) -> float:
    """What one call adds to the peak of a process that has done nothing else; torch's memory is not Python's."""
    command = [sys.executable, __file__, "--peak", form, str(channels), str(height), str(width)]
    environment = os.environ | {"MALLOC_TRIM_THRESHOLD_": "0", "MALLOC_MMAP_THRESHOLD_": "65536"}
    return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def print_peak(form: str, channels: int, height: int, width: int) -> None:
    torch.set_num_threads(THREADS)
    call, inputs = forms(channels, height)[form], scene(channels, height, width)
    with torch.no_grad():
        call(*(value[..., :16, :16] if value.dim() == 4 else value for value in inputs))  # loads libraries, folds
        Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten (Linux)
        before_kb = resident_kb("VmRSS")
        call(*inputs)
    print((resident_kb("VmHWM") - before_kb) / 1024)


def resident_kb(field: str) -> int:
    """VmRSS, what the process holds now, or VmHWM, the most it held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(field)))


def print_table(
    title: str, measure: Callable[[int, int, int], dict[str, float]], sizes: Sequence[tuple[int, int, int]] = SIZES
) -> None:
    print(f"\n{title:28}{'plain':>9}{'official':>10}{'ours':>9}{'ours/official':>15}{'ours/plain':>12}")
    over_plain = []
    for size in sizes:
        value = measure(*size)
        ratios = value["ours"] / value["official"], value["ours"] / max(value["plain"], 1e-9)
        over_plain.append(ratios[1])
        row = "".join(f"{value[name]:{width}.1f}" for name, width in (("plain", 9), ("official", 10), ("ours", 9)))
        print(f"  C={size[0]:<4} {size[1]}x{size[2]:<18}{row}{ratios[0]:15.2f}{ratios[1]:12.2f}", flush=True)
    print(f"  geometric mean{'':48}{statistics.geometric_mean(over_plain):12.2f}")


def print_cuda_table(arguments: list[str] | None = None) -> None:
    device = wanted_device(arguments)
    if device is not None:
        print(device_title(device))
        sizes = SIZES if device.type == "cuda" else ((16, 12, 16),)
        print_table("CUDA, half precision, ms", lambda *size: cuda_times(device, *size), sizes)


def main() -> None:
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    print_heading(f"A malleable layer: 3x3, K=3, batch 1, float32; torch {torch.__version__}")
    print_table("torch, ms", torch_times)
    print_table(
        "peak memory of a call, MB", lambda *size: {n: peak_mb(n, *size) for n in ("plain", "official", "ours")}
    )
    try:
        for library in ("onnxruntime", "onnxscript"):
            need(library, "this benchmark")
    except EngineUnavailableError:
        print("\nONNX Runtime: not installed (make setup brings it)")
    else:
        print_table("ONNX Runtime, ms", onnx_times)
        if find_spec("openvino") is None:
            print("\nOpenVINO: not installed (make setup brings it)")
        else:
            print_table("OpenVINO, ms", openvino_times)
    print("\nCUDA")
    print_cuda_table()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        print_peak(sys.argv[2], *(int(value) for value in sys.argv[3:6]))
    elif "--dry-run" in sys.argv:
        print_cuda_table()
    else:
        main()

"""The malleable convolution against its clear form, its limits, and what a trained network relies on."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from segmentation.malleable import MalleableConv2d
from segmentation.malleable_reference import reference_forward, reference_shares
from segmentation.relative_depth import relative_depth

KERNELS = (1, 2, 3, 4, 5)
# kernel_size, stride, padding, dilation
WINDOWS = [
    (3, 1, 1, 1),
    (3, 2, 1, 1),
    (1, 1, 0, 1),
    (1, 2, 0, 1),
    (5, 1, 2, 1),
    (3, 1, 4, 4),
    (3, 1, 0, 1),
    (3, 1, 3, 1),
    ((3, 5), (2, 1), (2, 4), (2, 2)),
    ((1, 3), (1, 3), (0, 1), (1, 1)),
]
FOCAL_PX = (520.0, 480.0)


def focal(count: int = 1, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.tensor([FOCAL_PX], dtype=dtype).expand(count, 2)


def scattered_layer(*args: object, **kwargs: object) -> MalleableConv2d:
    """A layer in float64 whose every parameter is away from its initial value."""
    layer = MalleableConv2d(*args, **kwargs).double()  # pyright: ignore[reportArgumentType]
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(0.4 * torch.randn_like(parameter))
    return layer


def rough_depth(count: int, height: int, width: int, missing: float = 0.2) -> Tensor:
    """Metres in float64, steps of about one grid step, some far jumps, some readings missing."""
    depth = 1.5 + 0.02 * torch.randn(count, 1, height, width, dtype=torch.float64)
    depth = torch.where(torch.rand_like(depth) < 0.1, 4.0, depth)
    return torch.where(torch.rand_like(depth) < missing, 0.0, depth)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(7)


@pytest.mark.parametrize(("kernels", "window"), list(itertools.product(KERNELS, WINDOWS)))
def test_the_fast_forms_equal_the_clear_one_in_values_and_gradients(kernels: int, window: tuple) -> None:
    kernel_size, stride, padding, dilation = window
    layer = scattered_layer(3, 4, kernel_size, kernels, stride, padding, dilation, bias=True)
    x = torch.randn(2, 3, 12, 11, dtype=torch.float64, requires_grad=True)
    depth = rough_depth(2, 12, 11).requires_grad_()
    arguments = (x, depth, focal(2, torch.float64), 4.0)
    fast, clear = layer(*arguments), reference_forward(layer, *arguments)
    with torch.no_grad():
        in_blocks = layer.eval()(*arguments)
    torch.testing.assert_close(fast, clear, rtol=0, atol=1e-10)
    torch.testing.assert_close(in_blocks, clear, rtol=0, atol=1e-10)

    leaves = [x, depth, *layer.parameters()]
    upstream = torch.randn_like(fast)
    for ours, theirs in zip(
        torch.autograd.grad(fast, leaves, upstream), torch.autograd.grad(clear, leaves, upstream), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kernels", [2, 3])
def test_gradients_are_those_of_finite_differences(kernels: int) -> None:
    layer = scattered_layer(2, 2, 3, kernels, stride=2, padding=1, bias=True)
    names = [name for name, _ in layer.named_parameters()]

    def forward(x: Tensor, depth: Tensor, *parameters: Tensor) -> Tensor:
        arguments = (x, depth, focal(1, torch.float64), 16.0)
        return torch.func.functional_call(layer, dict(zip(names, parameters, strict=True)), arguments)

    x = torch.randn(1, 2, 5, 4, dtype=torch.float64, requires_grad=True)
    depth = 1 + 0.03 * torch.randn(1, 1, 5, 4, dtype=torch.float64)
    depth[0, 0, 1, 2] = 0
    inputs = (x, *(parameter.detach().requires_grad_() for parameter in layer.parameters()))
    # A missing reading is a step, so depth itself is checked with every reading there.
    assert torch.autograd.gradcheck(lambda x, *rest: forward(x, depth, *rest), inputs)
    full = (1 + 0.03 * torch.randn_like(depth)).requires_grad_()
    assert torch.autograd.gradcheck(lambda depth: forward(x.detach(), depth, *(p.detach() for p in inputs[1:])), full)


@pytest.mark.parametrize("missing", [0.0, -1.0, math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("kernels", KERNELS)
def test_without_depth_it_is_the_plain_convolution_of_the_middle_kernel(kernels: int, missing: float) -> None:
    layer = scattered_layer(3, 4, 3, kernels, stride=2, padding=1, bias=True)
    x = torch.randn(2, 3, 9, 8, dtype=torch.float64)
    depth = torch.full((2, 1, 9, 8), missing, dtype=torch.float64)
    scales = kernels * torch.softmax(layer.rebalancing, 0)
    middle = [(kernels - 1) // 2, kernels // 2]
    folded = sum(scales[k] * layer.weight[k] for k in middle) / 2
    plain = functional.conv2d(x, folded, layer.bias, stride=2, padding=1)
    torch.testing.assert_close(layer(x, depth, focal(2), 4), plain, rtol=0, atol=1e-12)
    torch.testing.assert_close(layer.plain_weight(), folded, rtol=0, atol=1e-14)


def test_one_missing_reading_changes_only_the_taps_that_use_it() -> None:
    layer = MalleableConv2d(1, 1, 3, padding=1)
    depth = torch.full((1, 1, 7, 7), 2.0)
    depth[0, 0, 3, 3] = 0
    relative = relative_depth(depth, focal(), 4, layer.window)
    known = relative.known.reshape(9, 7, 7)
    assert not known[:, 3, 3].any()
    inside = known[:, 1:-1, 1:-1].clone()
    for tap, (row, column) in enumerate(layer.window.taps):
        inside[tap, 3 - row, 3 - column] = True  # the centre whose neighbour is the hole
    inside[:, 2, 2] = True
    assert inside.all()
    assert (relative.steps == 0).all()


def test_the_border_of_the_image_is_missing_depth() -> None:
    layer = MalleableConv2d(1, 1, 3, padding=1)
    known = relative_depth(torch.ones(1, 1, 4, 4), focal(), 4, layer.window).known.reshape(9, 4, 4)
    assert not known[0, 0].any()
    assert not known[0, :, 0].any()
    assert known[0, 1:, 1:].all()


@pytest.mark.parametrize(("kernels", "gain"), [(1, 0.5761), (2, 0.8808), (3, 0.9793), (4, 0.9978), (5, 0.9999)])
def test_the_gain_over_constant_depth(kernels: int, gain: float) -> None:
    layer = MalleableConv2d(2, 3, 3, kernels, padding=0)
    x = torch.randn(1, 2, 6, 6)
    ratio = layer(x, torch.full((1, 1, 6, 6), 2.5), focal(), 4) / functional.conv2d(x, layer.weight[0])
    torch.testing.assert_close(ratio, torch.full_like(ratio, _constant_gain(kernels)), rtol=1e-4, atol=0)
    assert _constant_gain(kernels) == pytest.approx(gain, abs=5e-5)


def _constant_gain(kernels: int) -> float:
    middle = (kernels + 1) / 2
    weights = [math.exp(-((k - middle) ** 2) / (1 + 1e-5)) for k in range(kernels + 2)]
    return sum(weights[1:-1]) / sum(weights)


@pytest.mark.parametrize(("steps", "mass"), [(2.5, 0.077), (3.0, 0.007), (-2.5, 0.077), (-3.0, 0.007)])
def test_the_mass_in_range_is_that_of_the_papers_form(steps: float, mass: float) -> None:
    layer = MalleableConv2d(1, 1, (1, 3), padding=(0, 1))
    depth_m = torch.tensor([[[[2.0, 2.0, 2.0 * (1 + steps * 4 / FOCAL_PX[0])]]]])
    shares = reference_shares(layer, depth_m, focal(), 4)
    assert shares[0, :, 2, 1].sum().item() == pytest.approx(mass, abs=5e-4)
    ones = torch.ones(1, 1, 1, 3)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[..., 2] = 1
    assert layer(ones, depth_m, focal(), 4)[0, 0, 0, 1].item() == pytest.approx(mass, abs=5e-4)


def test_shares_add_up_to_less_than_one() -> None:
    layer = scattered_layer(1, 1, 3, 4, padding=1)
    shares = reference_shares(layer, rough_depth(1, 20, 20), focal(1, torch.float64), 4).detach()
    assert float(shares.min()) >= 0
    assert float(shares.sum(1).max()) <= 1 + 1e-12


@pytest.mark.parametrize("scale", [0.1, 0.5, 3.0, 1000.0])
def test_scaling_all_depth_changes_nothing(scale: float) -> None:
    layer = scattered_layer(3, 4, 3, padding=1)
    x, depth = torch.randn(1, 3, 9, 8, dtype=torch.float64), rough_depth(1, 9, 8)
    one, other = (layer(x, depth * factor, focal(), 4) for factor in (1.0, scale))
    torch.testing.assert_close(one, other, rtol=0, atol=1e-10)


def test_on_a_slanted_plane_resizing_with_the_focal_length_keeps_the_relative_depth() -> None:
    def steps(size: int, focal_px: float) -> float:
        # A plane z = z0 + slope * x seen by a pinhole camera: 1/z is linear in the pixel.
        u = (torch.arange(size, dtype=torch.float64) + 0.5 - size / 2) / focal_px
        depth = (2 / (1 - 0.6 * u)).expand(1, 1, 3, size)
        window = MalleableConv2d(1, 1, (1, 3), padding=(0, 1)).window
        relative = relative_depth(depth, torch.full((1, 2), focal_px, dtype=torch.float64), 1, window)
        return float(relative.steps.reshape(3, 3, size)[2, 1, size // 2])

    assert steps(640, 520) == pytest.approx(steps(320, 260), rel=0.01)
    assert steps(320, 520) != pytest.approx(steps(640, 520) * 2, rel=0.1)
    assert steps(640, 520) == pytest.approx(0.6, rel=0.01)  # the plane rises 0.6 m a metre: independent of the camera


def test_each_axis_uses_its_own_focal_length() -> None:
    window = MalleableConv2d(1, 1, 3, padding=1).window
    depth = torch.full((1, 1, 3, 3), 2.2)
    depth[0, 0, 1, 1] = 2.0
    steps = relative_depth(depth, torch.tensor([[500.0, 250.0]]), 4, window).steps.reshape(3, 3, 3, 3)[:, :, 1, 1]
    across, along = 0.1 * 500 / 4, 0.1 * 250 / 4
    oblique = 0.1 * math.sqrt(2) / math.hypot(4 / 500, 4 / 250)
    expected = torch.tensor([[oblique, along, oblique], [across, 0, across], [oblique, along, oblique]])
    torch.testing.assert_close(steps, expected, rtol=1e-5, atol=0)


def test_the_grid_step_grows_with_dilation_and_sampling_step() -> None:
    depth = torch.full((1, 1, 1, 9), 2.0)
    depth[..., 4] = 1.9

    def step(dilation: int, step_px: float) -> float:
        window = MalleableConv2d(1, 1, (1, 3), padding=(0, dilation), dilation=dilation).window
        return float(relative_depth(depth, focal(), step_px, window).steps.reshape(3, 9)[0, 4])

    assert step(1, 4) == pytest.approx((0.1 / 1.9) / (4 / FOCAL_PX[0]), rel=1e-5)
    assert step(2, 4) == pytest.approx(step(1, 4) / 2, rel=1e-5)
    assert step(1, 8) == pytest.approx(step(1, 4) / 2, rel=1e-5)


# --- precision ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float16, 4e-3), (torch.bfloat16, 3e-2)])
@pytest.mark.parametrize("gradient", [True, False])
def test_half_precision_is_close_to_float32_for_any_depth_step(
    dtype: torch.dtype, tolerance: float, gradient: bool
) -> None:
    layer = MalleableConv2d(8, 8, 3, padding=1)
    half = copy.deepcopy(layer).to(dtype)
    layer.load_state_dict({name: value.float() for name, value in half.state_dict().items()})
    x = torch.randn(1, 8, 6, 8).to(dtype)
    with torch.set_grad_enabled(gradient):
        for tenth in range(101):
            depth = torch.full((1, 1, 6, 8), 0.2)
            depth[..., 4:] += tenth / 10
            ours = half(x, depth, focal(), 4)
            assert ours.dtype == dtype
            assert ours.isfinite().all(), f"step of {tenth / 10} m"
            precise = layer(x.float(), depth, focal(), 4)
            ours, precise = ours.detach().float(), precise.detach()
            assert float((ours - precise).abs().max()) <= tolerance * float(precise.abs().max())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_no_depth_whatever_gives_nan_in_values_or_gradients(dtype: torch.dtype) -> None:
    odd = torch.tensor([0, -0.0, 1e-45, 1e-38, 1e-6, 1e-3, 1, 65.535, 1e4, 3e38, math.inf, math.nan, -5])
    depth = odd[torch.randint(len(odd), (1, 1, 40, 40))]
    for log_temperature in (-30.0, 0.0, 8.0):
        layer = MalleableConv2d(2, 2, 3, padding=1).to(dtype)
        with torch.no_grad():
            layer.log_temperature.fill_(log_temperature)
        output = layer(torch.randn(1, 2, 40, 40).to(dtype), depth, focal(), 4)
        assert output.isfinite().all()
        output.float().sum().backward()
        assert all(p.grad is not None and p.grad.isfinite().all() for p in layer.parameters())


def test_autocast_leaves_the_shares_in_float32() -> None:
    layer, seen = MalleableConv2d(4, 4, 3, padding=1), []
    x, depth = torch.randn(1, 4, 8, 8), rough_depth(1, 8, 8).float()
    precise = layer(x, depth, focal(), 4)
    original = torch.softmax

    def spy(tensor: Tensor, dim: int) -> Tensor:
        seen.append((tensor.dtype, tensor.detach().clone()))
        return original(tensor, dim)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("segmentation.relative_depth.torch.softmax", spy)
        layer(x, depth, focal(), 4)
        with torch.autocast("cpu", torch.bfloat16):
            low = layer(x, depth, focal(), 4)
    assert low.dtype == torch.bfloat16
    torch.testing.assert_close(low.float(), precise, rtol=0.05, atol=0.05)
    masks = [logits for dtype, logits in seen if logits.dim() == 4 and dtype == torch.float32]
    assert len(masks) == 2
    assert torch.equal(*masks)


# --- parameters, state, folding ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kernels", KERNELS)
def test_initial_values_and_the_number_of_scalars(kernels: int) -> None:
    layer = MalleableConv2d(3, 4, 3, kernels)
    assert layer.centres.tolist() == [k - (kernels + 1) / 2 for k in range(kernels + 2)]
    assert layer.temperature.item() == pytest.approx(1 + 1e-5)
    assert layer.kernel_scales.tolist() == pytest.approx([1.0] * kernels)
    weights = kernels * 3 * 4 * 9
    assert sum(p.numel() for p in layer.parameters()) == weights + 2 * kernels + 3
    assert set(layer.state_dict()) == {"weight", "centres", "log_temperature", "rebalancing"}
    assert {id(p) for p in layer.no_weight_decay_parameters()} == {
        id(p) for name, p in layer.named_parameters() if name != "weight"
    }


@pytest.mark.parametrize("kernels", KERNELS)
def test_the_middle_centre_is_held_for_odd_k_only(kernels: int) -> None:
    layer = MalleableConv2d(1, 1, 3, kernels, padding=1)
    with torch.no_grad():
        layer.centres.add_(0.3)
    moved = layer.held_centres - (torch.arange(kernels + 2) - (kernels + 1) / 2)
    held = [(kernels + 1) // 2] if kernels % 2 else []
    assert [i for i, by in enumerate(moved.tolist()) if abs(by) < 1e-6] == held
    layer(torch.randn(1, 1, 8, 8), rough_depth(1, 8, 8).float(), focal(), 4).square().sum().backward()
    assert layer.centres.grad is not None
    assert [i for i, slope in enumerate(layer.centres.grad.tolist()) if slope == 0] == held


@pytest.mark.parametrize(
    ("switch", "name"),
    [("learn_centres", "centres"), ("learn_temperature", "log_temperature"), ("rebalance", "rebalancing")],
)
def test_each_switch_holds_its_scalars_and_keeps_their_names(switch: str, name: str) -> None:
    layer = MalleableConv2d(1, 1, 3, padding=1, **{switch: False})
    before = {key: value.clone() for key, value in layer.state_dict().items()}
    optimiser = torch.optim.SGD([p for p in layer.parameters() if p.requires_grad], lr=0.1)
    layer(torch.randn(1, 1, 8, 8), rough_depth(1, 8, 8).float(), focal(), 4).square().sum().backward()
    optimiser.step()
    unchanged = {key for key, value in layer.state_dict().items() if torch.equal(value, before[key])}
    assert unchanged == {name}
    assert set(before) == set(MalleableConv2d(1, 1, 3).state_dict())


def test_a_temperature_can_come_back_from_zero() -> None:
    layer = MalleableConv2d(1, 1, 3, padding=1)
    with torch.no_grad():
        layer.log_temperature.fill_(-6.0)
    layer(torch.randn(1, 1, 9, 9), rough_depth(1, 9, 9, 0).float(), focal(), 16).square().sum().backward()
    assert layer.log_temperature.grad is not None
    assert layer.temperature.item() > 0
    assert float(layer.log_temperature.grad) != 0


@pytest.mark.parametrize("bias", [True, False])
def test_a_plain_convolution_becomes_k_copies(bias: bool) -> None:
    conv = nn.Conv2d(3, 4, (3, 5), stride=(2, 1), padding=(1, 2), dilation=(1, 1), bias=bias).double().eval()
    layer = MalleableConv2d.from_conv2d(conv, 4, learn_centres=False)
    assert not layer.training
    assert not layer.centres.requires_grad
    x = torch.randn(1, 3, 9, 8, dtype=torch.float64)
    torch.testing.assert_close(layer(x, torch.zeros(1, 1, 9, 8), focal(), 4), conv(x), rtol=0, atol=1e-12)
    assert all(torch.equal(layer.weight[k], conv.weight) for k in range(4))


def test_a_plain_state_loads_as_it_is() -> None:
    conv = nn.Conv2d(3, 4, 3, bias=True)
    holder = nn.Sequential(MalleableConv2d(3, 4, 3, kernels=2, bias=True))
    state = {f"0.{name}": value for name, value in conv.state_dict().items()}
    holder.load_state_dict(state)
    assert set(state) == {"0.weight", "0.bias"}, "the caller's state is left alone"
    assert torch.equal(holder.state_dict()["0.weight"], conv.weight.expand(2, 4, 3, 3, 3))
    incomplete = {key: value for key, value in holder.state_dict().items() if "centres" not in key}
    with pytest.raises(RuntimeError, match="centres"):
        holder.load_state_dict(incomplete)


def test_evaluation_follows_every_way_to_change_the_weights() -> None:
    layer = MalleableConv2d(2, 2, 3, padding=1).eval()
    arguments = (torch.randn(1, 2, 7, 7), rough_depth(1, 7, 7).float(), focal(), 4.0)

    @torch.no_grad()
    def in_place() -> None:
        layer.weight.mul_(2)

    @torch.no_grad()
    def rebalanced() -> None:
        layer.rebalancing.copy_(torch.tensor([0.0, 1.0, 2.0]))

    def loaded() -> None:
        layer.load_state_dict(MalleableConv2d(2, 2, 3).state_dict())

    def replaced() -> None:
        layer.weight.data = torch.randn_like(layer.weight)

    def replaced_twice() -> None:
        for _ in range(2):  # the second may get the memory of the weights that were folded
            layer.weight.data = torch.randn_like(layer.weight)

    def trained() -> None:
        layer.train()
        optimiser = torch.optim.SGD(layer.parameters(), lr=0.5)
        layer(*arguments).square().sum().backward()
        optimiser.step()
        layer.eval()

    def to_double_and_back() -> None:
        layer.double().float()

    def with_inference_mode() -> None:
        with torch.inference_mode():
            layer(*arguments)

    changes: list[Callable[[], None]] = [in_place, rebalanced, loaded, replaced, trained, to_double_and_back]
    for change in [*changes, *[replaced_twice] * 20, with_inference_mode]:
        with torch.no_grad():
            layer(*arguments)
        change()
        expected = reference_forward(layer, *arguments).detach()
        with torch.no_grad():
            torch.testing.assert_close(layer(*arguments), expected, rtol=1e-4, atol=1e-5, msg=change.__name__)


def test_a_copy_does_not_share_what_was_folded() -> None:
    layer = MalleableConv2d(2, 2, 3, padding=1).eval()
    arguments = (torch.randn(1, 2, 7, 7), rough_depth(1, 7, 7).float(), focal(), 4.0)
    with torch.no_grad():
        before = layer(*arguments)
        other = copy.deepcopy(layer)
        other.weight.mul_(3)
        torch.testing.assert_close(other(*arguments), 3 * before)
        assert torch.equal(layer(*arguments), before)


def test_channels_last_stays_channels_last() -> None:
    layer = MalleableConv2d(4, 6, 3, padding=1).eval()
    x, depth = torch.randn(2, 4, 9, 8), rough_depth(2, 9, 8).float()
    with torch.no_grad():
        plain, last = (layer(x.to(memory_format=f), depth, focal(2), 4) for f in FORMATS)
    assert plain.is_contiguous()
    assert last.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(plain, last)


FORMATS = (torch.contiguous_format, torch.channels_last)


def test_many_small_blocks_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = scattered_layer(3, 4, 3, stride=2, padding=1).eval()
    arguments = (torch.randn(2, 3, 21, 8, dtype=torch.float64), rough_depth(2, 21, 8), focal(2), 4.0)
    with torch.no_grad():
        whole = layer(*arguments)
        for size in (1, 1000, 3000, 5000):
            monkeypatch.setattr("segmentation.tap_sums.BLOCK_BYTES", size)
            torch.testing.assert_close(layer(*arguments), whole, rtol=0, atol=1e-13)


# --- wrong arguments ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel_size": 2}, r"kernel_size: expected odd .* got \(2, 2\)"),
        ({"kernel_size": (3, 4)}, "kernel_size"),
        ({"kernel_size": -1}, "kernel_size"),
        ({"kernels": 0}, "kernels: expected at least 1, got 0"),
        ({"in_channels": 0}, "in_channels"),
        ({"out_channels": -3}, "out_channels"),
        ({"stride": 0}, r"stride: expected at least 1, got \(0, 0\)"),
        ({"dilation": 0}, "dilation"),
        ({"padding": -1}, "padding"),
    ],
)
def test_wrong_options_say_what_was_expected(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MalleableConv2d(**{"in_channels": 3, "out_channels": 4, "kernel_size": 3} | arguments)


@pytest.mark.parametrize(
    ("x", "depth", "focal_shape", "step_px", "message"),
    [
        ((1, 2, 8, 8), (1, 1, 8, 8), (1, 2), 4, r"x: expected shape \(N,3,H,W\), got \(1, 2, 8, 8\)"),
        ((3, 8, 8), (1, 1, 8, 8), (1, 2), 4, "x: expected"),
        ((1, 3, 8, 8), (1, 1, 16, 16), (1, 2), 4, r"depth_m: expected shape \(1, 1, 8, 8\).*got \(1, 1, 16, 16\)"),
        ((2, 3, 8, 8), (2, 1, 8, 8), (1, 2), 4, r"focal_px: expected shape \(2, 2\).*got \(1, 2\)"),
        ((1, 3, 8, 8), (1, 1, 8, 8), (1, 2), 0, "step_px: expected.*got 0"),
        ((1, 3, 8, 8), (1, 1, 8, 8), (1, 2), math.nan, "step_px: expected.*got nan"),
        ((1, 3, 2, 8), (1, 1, 2, 8), (1, 2), 4, "got 2x8 pixels"),
    ],
)
def test_wrong_inputs_say_what_was_expected(
    x: tuple, depth: tuple, focal_shape: tuple, step_px: float, message: str
) -> None:
    layer = MalleableConv2d(3, 4, 3)
    with pytest.raises(ValueError, match=message):
        layer(torch.zeros(x), torch.zeros(depth), torch.ones(focal_shape), step_px)


@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(4, 4, 3, groups=2),
        nn.Conv2d(4, 4, 3, padding="same"),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"),
    ],
)
def test_a_convolution_that_has_no_malleable_form_is_refused(conv: nn.Conv2d) -> None:
    with pytest.raises(ValueError, match="without groups and with zero padding"):
        MalleableConv2d.from_conv2d(conv)


def test_a_plain_weight_of_another_shape_is_refused() -> None:
    layer = MalleableConv2d(3, 4, 3)
    with pytest.raises(ValueError, match=r"expected shape \(4, 3, 3, 3\), got \(4, 3, 5, 5\)"):
        layer.load_plain_weight(torch.zeros(4, 3, 5, 5))
    with pytest.raises(ValueError, match="bias: expected none"):
        layer.load_plain_weight(torch.zeros(4, 3, 3, 3), torch.zeros(4))


def test_compiled_in_evaluation_mode_the_weights_still_get_gradients() -> None:
    layer = MalleableConv2d(2, 2, 3, padding=1).eval()
    arguments = (torch.randn(1, 2, 5, 5), torch.ones(1, 1, 5, 5), focal(), 4.0)
    with torch.no_grad():
        layer(*arguments)  # folds
    torch.compile(layer, backend="eager")(*arguments).sum().backward()
    assert layer.weight.grad is not None
    assert float(layer.weight.grad.abs().sum()) > 0

from __future__ import annotations

import collections

import pytest
import torch
from torch import Tensor, nn

from segmentation.errors import UnknownModelError
from segmentation.malleable import MalleableConv2d
from segmentation.models import DEFAULT_MODEL, MODEL_NAMES, build_model, construct_model, model_summary
from segmentation.networks.deresunet import DeResUNet, Layout
from segmentation.networks.resnet import BasicBlock, Bottleneck, SceneGeometry


def on_meta(name: str, num_classes: int, **options) -> DeResUNet:
    with torch.device("meta"):
        return construct_model(name, num_classes, **options).eval()


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def malleable_layers(model: nn.Module) -> dict[str, MalleableConv2d]:
    return {name: layer for name, layer in model.named_modules() if isinstance(layer, MalleableConv2d)}


def narrow_layout(block: type[BasicBlock] | type[Bottleneck], two_encoders: bool) -> Layout:
    units, widths = (2, 1, 1, 1), (4, 4, 8, 8, 8)
    return Layout(block, units, 16, (16, 16, 8, 16), widths, units if two_encoders else None, widths)


def inputs(height: int, width: int, seed: int = 0, count: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    color = torch.randn(count, 3, height, width, generator=generator)
    depth_m = torch.rand(count, 1, height, width, generator=generator) * 4 + 0.5
    return color, depth_m, torch.full((count, 2), 300.0)


def summary_rows(model: nn.Module, *example: Tensor) -> collections.Counter[str]:
    """The rows of the usual summary table: one for each call of a module that is no mere container."""
    rows: collections.Counter[str] = collections.Counter()
    for module in model.modules():
        if module is not model and not isinstance(module, nn.Sequential):
            module.register_forward_hook(lambda layer, _, __: rows.update([type(layer).__name__]))
    with torch.inference_mode():
        model(*example)
    return rows


def test_the_published_network_has_its_parameters_and_rows() -> None:
    model = on_meta("deresunet-r50", 50)
    assert parameters(model) == 203_780_570
    rows = summary_rows(model, *(tensor.to("meta") for tensor in inputs(64, 64)))
    assert rows == {
        "Conv2d": 118,
        "BatchNorm2d": 117,
        "ReLU": 109,
        "Bottleneck": 32,
        "ConvNormRelu": 11,
        "PixelShuffle": 5,
        "UpConvPxShuffle": 4,
        "MaxPool2d": 2,
        "FusedEncoders": 1,
    }
    assert rows.total() == 399


def test_the_published_networks_parts_have_their_parameters() -> None:
    model = on_meta("deresunet-r50", 50)
    parts = {name: parameters(part) for name, part in model.named_children()}
    assert parts == {
        "encoder": 47_009_792,
        "bridge": 113_258_496,
        "up3": 33_036_288,
        "up2": 8_260_608,
        "up1": 2_065_920,
        "up0": 147_840,
        "last_upconv": 1_176,
        "last_conv": 450,
    }


def test_malleable_layers_cost_what_they_should() -> None:
    model = on_meta("malleable-deresunet-r50", 50)
    scalars = sum(
        parameter.numel()
        for layer in malleable_layers(model).values()
        for name, parameter in layer.named_parameters()
        if name != "weight"
    )
    assert scalars == 4 * 9
    assert parameters(model) == 203_780_570 + 6_266_880 + scalars


def test_the_small_networks_keep_to_their_sizes() -> None:
    assert round(parameters(on_meta("deresunet-r18", 50)) / 1e6, 1) == 32.3
    for name in ("malleable-deresunet-lite", "deresunet-lite"):
        summary = model_summary(name, 40, (320, 240))
        assert summary.gmac <= 1.8
        assert summary.parameters <= 7.5e6


def test_a_summary_counts_padding_and_every_kernel() -> None:
    padded, plain = model_summary(DEFAULT_MODEL, 37, (320, 240)), model_summary("deresunet-lite", 37, (320, 240))
    assert padded.gmac == model_summary(DEFAULT_MODEL, 37, (320, 256)).gmac
    # Two first units: 64 -> 128 at 16x20 and 128 -> 256 at 8x10, of which two kernels more are counted.
    extra = 2 * 9 * (64 * 128 * 16 * 20 + 128 * 256 * 8 * 10)
    assert padded.gmac - plain.gmac == pytest.approx(extra / 1e9, rel=1e-9)
    # At 1/2: 48 channels at 1/4, whose quarter meets 16 + 8 of the encoders'; 24; 37 classes. At 1/4: 64 channels.
    earlier = 9 * (12 + 24) * 24 * 128 * 160 + 24 * 37 * 128 * 160 + 9 * (24 + 48) * 48 * 64 * 80
    now = 9 * (24 + 48) * 64 * 64 * 80 + 64 * 37 * 64 * 80
    at_half = model_summary("deresunet-lite", 37, (320, 240), output_stride=2)
    assert at_half.gmac - plain.gmac == pytest.approx((earlier - now) / 1e9, rel=1e-9)
    assert (padded.malleable_layers, plain.malleable_layers) == (2, 0)
    assert model_summary("deresunet-r50", 50, (320, 240)).size_mb == pytest.approx(777.36, abs=0.005)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_every_name_builds_its_network(name: str) -> None:
    model = on_meta(name, 13)
    assert bool(malleable_layers(model)) == name.startswith("malleable-")


@pytest.mark.parametrize("name", [name for name in MODEL_NAMES if not name.startswith("malleable-")])
def test_logits_have_the_networks_share_of_the_inputs_size(name: str) -> None:
    model = on_meta(name, 13)
    with torch.inference_mode():
        logits = model(*(tensor.to("meta") for tensor in inputs(240, 320)))
    assert logits.shape == (1, 13, 240 // model.output_stride, 320 // model.output_stride)


@pytest.mark.parametrize(("options", "stride"), [({}, 4), ({"output_stride": 4}, 4), ({"output_stride": 2}, 2)])
def test_lite_networks_end_at_a_quarter_or_at_half(options: dict[str, int], stride: int) -> None:
    model = on_meta("deresunet-lite", 13, **options)
    with torch.inference_mode():
        logits = model(*(tensor.to("meta") for tensor in inputs(240, 320)))
    assert model.output_stride == stride
    assert logits.shape == (1, 13, 240 // stride, 320 // stride)
    assert hasattr(model, "up0") == (stride == 2)


@pytest.mark.parametrize(
    ("name", "output_stride", "said"),
    [
        ("malleable-deresunet-lite", 8, "deresunet-lite can have output_stride 4 or 2, not 8"),
        ("deresunet-r18", 2, "deresunet-r18 can have output_stride 1, not 2"),
        ("deeplabv3plus-r50", 2, "deeplabv3plus-r50 has its logits at 1/4, so no option output_stride"),
    ],
)
def test_an_end_that_a_network_cannot_have(name: str, output_stride: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        on_meta(name, 13, output_stride=output_stride)


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("malleable-deresunet-r50", {f"encoder.color.layer{stage}.0.conv2" for stage in (1, 2, 3, 4)}),
        ("malleable-deresunet-r18", {f"encoder.color.layer{stage}.0.conv1" for stage in (1, 2, 3, 4)}),
        ("malleable-deresunet-r50-4ch", {f"encoder.color.layer{stage}.0.conv2" for stage in (1, 2, 3, 4)}),
        ("malleable-deresunet-lite", {f"encoder.color.layer{stage}.0.conv1" for stage in (3, 4)}),
    ],
)
def test_malleable_layers_stand_where_the_design_puts_them(name: str, layers: set[str]) -> None:
    assert set(malleable_layers(on_meta(name, 5))) == layers


@pytest.mark.parametrize("stages", [(), (1,), (2, 4), (1, 2, 3, 4)])
@pytest.mark.parametrize("encoders", ["color", "both"])
def test_any_subset_of_stages_of_either_encoder(stages: tuple[int, ...], encoders: str) -> None:
    model = on_meta("malleable-deresunet-r18", 5, stages=stages, encoders=encoders, kernels=2)
    expected = {f"encoder.color.layer{stage}.0.conv1" for stage in stages}
    if encoders == "both":
        expected |= {name.replace("color", "depth") for name in expected}
    assert set(malleable_layers(model)) == expected
    assert all(layer.kernels == 2 for layer in malleable_layers(model).values())


@pytest.mark.parametrize("learn_range", [True, False])
@pytest.mark.parametrize("rebalance", [True, False])
def test_what_is_not_to_be_learned_stays_where_it_starts(learn_range: bool, rebalance: bool) -> None:
    model = build_model("malleable-deresunet-lite", 5, learn_range=learn_range, rebalance=rebalance)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    model(*inputs(32, 64)).square().mean().backward()
    torch.optim.SGD(learned, lr=0.1).step()
    for name, layer in malleable_layers(model).items():
        if not learn_range:
            assert layer.temperature.item() == pytest.approx(0.1, rel=1e-3)
        scalars = {"centres": learn_range, "log_temperature": learn_range, "rebalancing": rebalance}
        for scalar, moves in scalars.items():
            moved = not torch.equal(before[f"{name}.{scalar}"], getattr(layer, scalar))
            assert moved == moves, (name, scalar)


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
@pytest.mark.parametrize("two_encoders", [True, False])
def test_a_layer_is_told_how_its_input_samples_the_frame(
    block: type[BasicBlock] | type[Bottleneck], two_encoders: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step is checked against the sizes of the maps, and depth against the pixels that the strides pick."""
    color, depth_m, focal_px = inputs(64, 96)
    calls = []

    def record(layer, x, depth, focal, step_px):
        calls.append((x, depth, focal, step_px))
        return original(layer, x, depth, focal, step_px)

    original = MalleableConv2d.forward
    monkeypatch.setattr(MalleableConv2d, "forward", record)
    model = DeResUNet(narrow_layout(block, two_encoders), 5, stages=(1, 2, 3, 4)).eval()
    with torch.inference_mode():
        assert model(color, depth_m, focal_px).shape == (1, 5, 64, 96)
    assert [step_px for *_, step_px in calls] == [4, 4, 8, 16]
    for x, depth, focal, step_px in calls:
        assert x.shape[-2:] == (64 // step_px, 96 // step_px)
        assert torch.equal(depth, depth_m[..., ::step_px, ::step_px])
        assert torch.equal(focal, focal_px)


def test_picked_depth_lies_under_the_centre_of_what_a_strided_layer_sees() -> None:
    """An impulse at the input moves through the stem's strides to the very map pixel whose depth is picked there."""
    stem = nn.Sequential(nn.Conv2d(1, 1, 7, 2, 3, bias=False), nn.MaxPool2d(3, 2, 1))
    stem[0].weight.data.zero_()
    stem[0].weight.data[..., 3, 3] = 1  # only the centre
    image = torch.zeros(1, 1, 64, 64)
    image[..., 20, 36] = 1
    row, column = (stem(image) == 1).nonzero()[:, 2:].float().mean(dim=0).int().tolist()
    picked, _, step_px = SceneGeometry(image, torch.ones(1, 2)).at(4)
    assert step_px == 4
    assert picked[0, 0, row, column] == 1


@pytest.mark.parametrize(("height", "width"), [(240, 320), (64, 64), (65, 33), (31, 100), (1, 1)])
@pytest.mark.parametrize("name", ["malleable-deresunet-lite", "deresunet-lite"])
def test_any_input_size(name: str, height: int, width: int) -> None:
    model = build_model(name, 5).eval()
    with torch.inference_mode():
        logits = model(*inputs(height, width))
    assert logits.shape == (1, 5, -(-height // 4), -(-width // 4))
    assert logits.isfinite().all()


def test_padding_changes_nothing_but_the_padding() -> None:
    """A size that is padded inside gives what the same image padded outside gives."""
    model = build_model(DEFAULT_MODEL, 5).eval()
    color, depth_m, focal_px = inputs(48, 40)
    with torch.inference_mode():
        inside = model(color, depth_m, focal_px)
        pad = (0, 24, 0, 16)
        outside = model(nn.functional.pad(color, pad), nn.functional.pad(depth_m, pad), focal_px)
    assert torch.equal(inside, outside[..., :12, :10])


def test_without_any_depth_a_malleable_network_is_the_plain_one() -> None:
    malleable = build_model("malleable-deresunet-lite", 5).eval()
    plain = build_model("deresunet-lite", 5, seed=3).eval()
    state = {name: tensor for name, tensor in malleable.state_dict().items() if name in plain.state_dict()}
    state.update({f"{name}.weight": layer.plain_weight() for name, layer in malleable_layers(malleable).items()})
    plain.load_state_dict(state)
    color, depth_m, focal_px = inputs(64, 96)
    with torch.inference_mode():
        same = malleable(color, depth_m * 0, focal_px), plain(color, depth_m * 0, focal_px)
        other = malleable(color, depth_m, focal_px), plain(color, depth_m, focal_px)
    torch.testing.assert_close(*same, atol=1e-4, rtol=1e-4)
    assert (other[0] - other[1]).abs().max() > 0.01


def test_two_builds_agree_to_the_bit_and_leave_the_random_numbers_alone() -> None:
    before = torch.get_rng_state()
    first = build_model(DEFAULT_MODEL, 7).state_dict()
    torch.rand(3)
    torch.set_rng_state(before)
    second = build_model(DEFAULT_MODEL, 7).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = build_model(DEFAULT_MODEL, 7, seed=1).state_dict()
    assert not torch.equal(first["last_conv.weight"], other["last_conv.weight"])


def test_metres_are_normalised_once_and_missing_becomes_the_mean() -> None:
    model = build_model("deresunet-lite", 5, depth_mean_m=2.0, depth_std_m=0.5)
    depth_m = torch.tensor([0.0, 2.0, 3.0])
    assert model.normalised_depth(depth_m).tolist() == [0.0, 0.0, 2.0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["malleable-deresunet-lite", "malleable-deresunet-r18"])
def test_no_depth_whatever_makes_the_network_overflow(name: str, dtype: torch.dtype) -> None:
    model = build_model(name, 5).eval().to(dtype)
    color, _, focal_px = inputs(64, 64)
    odd = torch.tensor([0, -1, 1e-45, 1e-6, 1, 65.535, 1e5, 3e38, torch.inf, torch.nan])
    for depth_m in (odd[torch.randint(len(odd), (1, 1, 64, 64))], torch.full((1, 1, 64, 64), 65535.0)):
        with torch.inference_mode():
            assert model(color.to(dtype), depth_m, focal_px).isfinite().all()


@pytest.mark.parametrize("name", ["malleable-deresunet-lite", "deresunet-lite"])
def test_readings_beyond_the_farthest_count_as_missing(name: str) -> None:
    limited, free = (build_model(name, 5, farthest_m=farthest_m).eval() for farthest_m in (2.5, torch.inf))
    color, depth_m, focal_px = inputs(64, 64)
    cut = torch.where(depth_m <= 2.5, depth_m, 0.0)
    assert 0 < (cut == 0).float().mean() < 1
    with torch.inference_mode():
        expected = free(color, cut, focal_px)
        assert torch.equal(limited(color, depth_m, focal_px), expected)
        assert not torch.equal(free(color, depth_m, focal_px), expected)
        blind = build_model(name, 5, farthest_m=0).eval()
        assert torch.equal(blind(color, depth_m, focal_px), free(color, torch.zeros_like(depth_m), focal_px))


def test_an_untrained_decoder_has_no_checkerboard() -> None:
    """Whatever a PixelShuffle makes of an untrained map is the same in each 2x2 pixels."""
    made = []
    for name, steps in (("malleable-deresunet-lite", 3), ("deresunet-r18", 5)):
        model = build_model(name, 5).eval()
        made.clear()
        for module in model.modules():
            if isinstance(module, nn.PixelShuffle):
                module.register_forward_hook(lambda _, __, y: made.append(y))
        with torch.inference_mode():
            model(*inputs(64, 64))
        assert len(made) == steps
        for y in made:
            torch.testing.assert_close(y, y[..., ::2, ::2].repeat_interleave(2, -1).repeat_interleave(2, -2))
            assert y.std() > 0


def test_depth_reaches_the_labels() -> None:
    color, depth_m, focal_px = inputs(64, 64)
    for name in ("malleable-deresunet-lite", "deresunet-lite"):
        model = build_model(name, 5).eval()
        with torch.inference_mode():
            assert not torch.equal(model(color, depth_m, focal_px), model(color, depth_m * 0, focal_px))


def test_focal_length_reaches_only_malleable_networks() -> None:
    color, depth_m, focal_px = inputs(64, 64)
    for name, expected in (("malleable-deresunet-lite", False), ("deresunet-lite", True)):
        model = build_model(name, 5).eval()
        with torch.inference_mode():
            same = torch.equal(model(color, depth_m, focal_px), model(color, depth_m, focal_px * 0.3))
        assert same is expected


def test_every_parameter_learns() -> None:
    model = build_model(DEFAULT_MODEL, 5).train()
    loss = nn.functional.cross_entropy(model(*inputs(64, 96, count=2)), torch.randint(0, 5, (2, 16, 24)))
    loss.backward()
    idle = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
    # A convolution's bias before a batch norm has a gradient of 0 up to rounding.
    assert not [name for name in idle if not name.endswith(("conv.bias", "centres"))]


@pytest.mark.parametrize(
    ("name", "classes", "options", "message"),
    [
        ("deresunet-lite", 0, {}, "num_classes must be 1..255"),
        ("deresunet-lite", 256, {}, "num_classes must be 1..255"),
        ("malleable-deresunet-lite", 5, {"stages": (0,)}, "stages must be among"),
        ("malleable-deresunet-lite", 5, {"kernels": 0}, "kernels must be 1 or more"),
        ("malleable-deresunet-lite", 5, {"encoders": "depth"}, 'encoders must be "color" or "both"'),
        ("malleable-deresunet-r50-4ch", 5, {"encoders": "both"}, "needs a network with two encoders"),
        ("deresunet-lite", 5, {"kernels": 2}, "deresunet-lite has no malleable layers, so no option kernels"),
        ("deresunet-lite", 5, {"depth_std_m": 0.0}, "depth_std_m must be positive"),
        ("deresunet-lite", 5, {"depth_std_m": float("inf")}, "depth_std_m must be positive"),
        ("deresunet-lite", 5, {"farthest_m": -1.0}, "farthest_m must be 0 or more"),
        ("deresunet-lite", 5, {"farthest_m": float("nan")}, "farthest_m must be 0 or more"),
        ("deresunet-lite", 5, {"depth_mean_m": float("nan")}, "depth_mean_m must be finite"),
    ],
)
def test_options_that_do_not_fit_are_refused(name: str, classes: int, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        on_meta(name, classes, **options)


def test_an_unknown_model_lists_the_known() -> None:
    with pytest.raises(UnknownModelError, match=r"unknown model 'unet'; known: malleable-.*a model file"):
        build_model("unet", 5)

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_deeplab import UNITS, WIDTHS, small_deeplab
from torch import Tensor, nn

from segmentation.checkpoints.card import ModelCard
from segmentation.checkpoints.restore import restore_model
from segmentation.classes import class_set
from segmentation.engines.folding import fold_batch_norm
from segmentation.errors import CheckpointError
from segmentation.malleable import MalleableConv2d
from segmentation.models import build_model, construct_model, model_summary
from segmentation.networks.deeplabv3plus import DeepLabV3Plus, enlarged
from segmentation.networks.imagenet import start_from_imagenet
from segmentation.networks.resnet import Bottleneck, ResNet, SceneGeometry
from segmentation.relative_depth import Window, relative_depth

ALL = (1, 2, 3, 4)
KERNELS_3X3 = 9 * (64**2 + 128**2 + 256**2 + 512**2)  # weights of the four layers that may be malleable


def on_meta(name: str, num_classes: int, **options) -> DeepLabV3Plus:
    with torch.device("meta"):
        model = construct_model(name, num_classes, **options).eval()
    assert isinstance(model, DeepLabV3Plus)
    return model


def with_statistics(model: nn.Module) -> nn.Module:
    """Batch norms as training leaves them, and malleable scalars that are not the start's."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.get_buffer("running_mean"), module.bias.data):
                nn.init.normal_(tensor, 0, 0.1)
            for tensor in (module.get_buffer("running_var"), module.weight.data):
                nn.init.uniform_(tensor, 0.5, 1.5)
        if isinstance(module, MalleableConv2d):
            for scalar in module.no_weight_decay_parameters():
                scalar.data.add_(0.3 * torch.randn_like(scalar))
    return model


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def malleable_layers(model: nn.Module) -> dict[str, MalleableConv2d]:
    return {name: layer for name, layer in model.named_modules() if isinstance(layer, MalleableConv2d)}


def inputs(height: int, width: int, seed: int = 0, count: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    color = torch.randn(count, 3, height, width, generator=generator)
    depth_m = torch.rand(count, 1, height, width, generator=generator) * 4 + 0.5
    return color, depth_m, torch.full((count, 2), 300.0)


@pytest.mark.parametrize(("name", "encoder"), [("r50", 23_508_032), ("r101", 42_500_160)])
def test_every_part_has_its_parameters(name: str, encoder: int) -> None:
    parts = {part: parameters(module) for part, module in on_meta(f"deeplabv3plus-{name}", 40).named_children()}
    assert parts == {
        "encoder": encoder,
        # 1x1 and the whole from 2048 channels, 3x3 at three rates, five maps to one; six batch norms of 256.
        "aspp": 2048 * 256 * (1 + 1 + 3 * 9) + 5 * 256 * 256 + 6 * 2 * 256,
        "low_level": 256 * 48 + 2 * 48,
        "decoder": 9 * (256 + 48) * 256 + 9 * 256 * 256 + 2 * 2 * 256,
        "last_conv": 40 * 256 + 40,
    }


@pytest.mark.parametrize(("name", "plain"), [("r50", 40_357_064), ("r101", 59_349_192)])
def test_malleable_layers_add_two_kernels_and_nine_scalars_each(name: str, plain: int) -> None:
    assert parameters(on_meta(f"deeplabv3plus-{name}", 40)) == plain
    assert parameters(on_meta(f"malleable-deeplabv3plus-{name}", 40)) == plain + 2 * KERNELS_3X3 + 4 * 9


def test_a_summary_counts_every_kernel_where_its_map_is() -> None:
    plain, malleable = (model_summary(f"{kind}deeplabv3plus-r50", 40, (640, 480)) for kind in ("", "malleable-"))
    extra = 2 * 9 * (64**2 * 120 * 160 + 128**2 * 60 * 80 + 256**2 * 30 * 40 + 512**2 * 30 * 40)
    assert malleable.gmac - plain.gmac == pytest.approx(extra / 1e9, rel=1e-9)
    assert plain.gmac == pytest.approx(81.214, abs=0.001)
    assert model_summary("deeplabv3plus-r101", 40, (640, 480)).gmac == pytest.approx(103.942, abs=0.001)
    assert (plain.malleable_layers, malleable.malleable_layers) == (0, 4)


@pytest.mark.parametrize("name", ["r50", "r101"])
def test_malleable_layers_open_every_stage(name: str) -> None:
    model = on_meta(f"malleable-deeplabv3plus-{name}", 5)
    assert set(malleable_layers(model)) == {f"encoder.layer{stage}.0.conv2" for stage in ALL}
    assert set(malleable_layers(on_meta(f"malleable-deeplabv3plus-{name}", 5, stages=(2, 3), kernels=2))) == {
        "encoder.layer2.0.conv2",
        "encoder.layer3.0.conv2",
    }


@pytest.mark.parametrize("stages", [(), ALL])
def test_the_last_stage_is_dilated_instead_of_strided(stages: tuple[int, ...]) -> None:
    model = on_meta("malleable-deeplabv3plus-r50", 5, stages=stages)
    windows = []
    for unit in model.encoder.get_submodule("layer4").children():
        conv = unit.get_submodule("conv2")
        assert isinstance(conv, (MalleableConv2d, nn.Conv2d))
        window = conv.window if isinstance(conv, MalleableConv2d) else conv
        windows.append((window.stride, window.padding, window.dilation))
    assert windows == [((1, 1), (rate, rate), (rate, rate)) for rate in (2, 4, 8)]
    shortcut = model.encoder.get_submodule("layer4.0.downsample.0")
    assert isinstance(shortcut, nn.Conv2d)
    assert shortcut.stride == (1, 1)
    convs = {name: layer for name, layer in model.encoder.named_modules() if isinstance(layer, nn.Conv2d)}
    assert all(layer.dilation == (1, 1) for name, layer in convs.items() if not name.startswith("layer4"))


def test_a_layer_is_told_how_its_input_samples_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step is checked against the sizes of the maps, and depth against the pixels that the strides pick."""
    color, depth_m, focal_px = inputs(64, 96)
    calls, steps_m = [], []
    original = MalleableConv2d.forward

    def record(layer, x, depth, focal, step_px):
        calls.append((x, depth, focal, step_px))
        return original(layer, x, depth, focal, step_px)

    def record_window(depth, focal, step_px, window: Window):
        steps_m.append(step_px * window.dilation[0])
        return relative_depth(depth, focal, step_px, window)

    monkeypatch.setattr(MalleableConv2d, "forward", record)
    monkeypatch.setattr("segmentation.malleable.relative_depth", record_window)
    with torch.inference_mode():
        maps = list(small_deeplab(ALL).encoder.maps(color, SceneGeometry(depth_m, focal_px)))
    assert [64 // y.shape[-2] for y in maps] == [96 // y.shape[-1] for y in maps] == [2, 4, 8, 16, 16]
    assert [step_px for *_, step_px in calls] == [4, 4, 8, 16]
    assert steps_m == [4, 4, 8, 32]  # pixels of the frame between two taps: the last layer is dilated by 2
    for x, depth, focal, step_px in calls:
        assert x.shape[-2:] == (64 // step_px, 96 // step_px)
        assert torch.equal(depth, depth_m[..., ::step_px, ::step_px])
        assert torch.equal(focal, focal_px)


@pytest.mark.parametrize(("height", "width"), [(48, 64), (65, 33), (31, 100), (1, 1)])
@pytest.mark.parametrize("stages", [(), ALL])
def test_any_input_size_gives_logits_for_every_fourth_pixel(stages: tuple[int, ...], height: int, width: int) -> None:
    with torch.inference_mode():
        logits = small_deeplab(stages)(*inputs(height, width))
    assert logits.shape == (1, 5, -(-height // 4), -(-width // 4))
    assert logits.isfinite().all()


def test_padding_to_a_multiple_of_16_changes_nothing_but_the_padding() -> None:
    model = small_deeplab(ALL)
    color, depth_m, focal_px = inputs(40, 36)
    pad = (0, 12, 0, 8)
    with torch.inference_mode():
        inside = model(color, depth_m, focal_px)
        outside = model(nn.functional.pad(color, pad), nn.functional.pad(depth_m, pad), focal_px)
    assert outside.shape[-2:] == (12, 12)
    assert torch.equal(inside, outside[..., :10, :9])


def test_without_any_depth_or_with_none_believed_it_is_the_plain_network() -> None:
    malleable = with_statistics(small_deeplab(ALL).double())
    blind, plain = small_deeplab(ALL, farthest_m=0).double(), small_deeplab().double()
    state = malleable.state_dict()
    blind.load_state_dict(state)
    folded = {name: state[name] for name in plain.state_dict()}
    folded.update({f"{name}.weight": layer.plain_weight() for name, layer in malleable_layers(malleable).items()})
    plain.load_state_dict(folded)
    color, depth_m, focal_px = inputs(48, 64)
    color = color.double()
    with torch.inference_mode():
        expected = plain(color, depth_m, focal_px)
        torch.testing.assert_close(malleable(color, depth_m * 0, focal_px), expected, rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(blind(color, depth_m, focal_px), expected, rtol=1e-9, atol=1e-9)
        assert (malleable(color, depth_m, focal_px) - expected).abs().max() > 0.001 * expected.std()


def test_depth_and_focal_length_reach_the_malleable_one_alone() -> None:
    color, depth_m, focal_px = inputs(48, 64)
    for stages, reached in (((), False), ((4,), True)):
        model = small_deeplab(stages)
        with torch.inference_mode():
            seen = model(color, depth_m, focal_px)
            assert torch.equal(seen, model(color, depth_m * 0, focal_px)) is not reached
            assert torch.equal(seen, model(color, depth_m, focal_px * 0.3)) is not reached


def test_a_plain_networks_state_loads_into_every_kernel() -> None:
    plain, malleable = small_deeplab(seed=1), small_deeplab(ALL, seed=2, kernels=4)
    malleable.load_state_dict(plain.state_dict())
    for name, layer in malleable_layers(malleable).items():
        assert all(torch.equal(kernel, plain.state_dict()[f"{name}.weight"]) for kernel in layer.weight)
    color, depth_m, focal_px = inputs(32, 32)
    with torch.inference_mode():
        # An even number of kernels that are all alike: half of each of the middle two is one of them.
        expected = plain(color, depth_m, focal_px)
        torch.testing.assert_close(malleable(color, depth_m * 0, focal_px), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("stages", [(), (1, 4)])
def test_torchvisions_weights_load_by_key(stages: tuple[int, ...]) -> None:
    undilated = ResNet(Bottleneck, UNITS, WIDTHS)
    state = {**undilated.state_dict(), "fc.weight": torch.zeros(1000, 96), "fc.bias": torch.zeros(1000)}
    model = small_deeplab(stages)
    start_from_imagenet(model, state)
    for name, tensor in model.encoder.state_dict().items():
        if tensor.ndim == 5:
            assert all(torch.equal(kernel, state[name]) for kernel in tensor), name
        elif name in state:
            assert torch.equal(tensor, state[name]), name
        else:
            assert name.endswith(("centres", "log_temperature", "rebalancing")), name


def test_coarse_maps_are_enlarged_in_place() -> None:
    """Pixel (i, j) goes to (4 i, 4 j), as in the maps that the encoder's strides pick; between them it is linear."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.randn(2, 3, 5, 7, generator=generator)
    fine = enlarged(coarse, 4)
    assert fine.shape == (2, 3, 20, 28)
    torch.testing.assert_close(fine[:, :, ::4, ::4], coarse)
    torch.testing.assert_close(fine[:, :, 2:-3:4, ::4], (coarse[:, :, :-1] + coarse[:, :, 1:]) / 2)
    rows = torch.arange(5.0)[:, None].expand(5, 7)[None, None]
    assert enlarged(rows, 4)[0, 0, :, 3].tolist() == [min(row / 4, 4) for row in range(20)]


def test_folding_batch_norm_changes_nothing() -> None:
    model = with_statistics(small_deeplab(ALL)).double()
    color, depth_m, focal_px = inputs(48, 64)
    with torch.inference_mode():
        expected = model(color.double(), depth_m, focal_px)
    fold_batch_norm(model)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    with torch.inference_mode():
        torch.testing.assert_close(model(color.double(), depth_m, focal_px), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["malleable-deeplabv3plus-r50", "deeplabv3plus-r101"])
def test_half_precision_stays_finite_and_close(name: str, dtype: torch.dtype) -> None:
    model = build_model(name, 5).eval()
    color, depth_m, focal_px = inputs(64, 72)
    depth_m[..., ::3] = torch.tensor([0, -1, 1e-6, 65.5, 3e38, torch.inf, torch.nan, 10.0]).repeat(3)
    with torch.inference_mode():
        full = model(color, depth_m, focal_px)
        half = model.to(dtype)(color.to(dtype), depth_m, focal_px)
    assert half.dtype == dtype
    assert half.isfinite().all()
    error = (half.float() - full).abs().max() / full.std()
    assert error < {torch.float16: 0.1, torch.bfloat16: 0.7}[dtype]


def test_every_parameter_learns() -> None:
    model = build_model("malleable-deeplabv3plus-r50", 5).train()
    torch.manual_seed(0)
    target = torch.randint(0, 5, (2, 16, 16))
    nn.functional.cross_entropy(model(*inputs(64, 64, count=2)), target).backward()
    idle = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
    assert idle == []
    for name, layer in malleable_layers(model).items():
        assert layer.centres.grad is not None
        assert (layer.centres.grad != 0).tolist() == [True, True, False, True, True], name


def test_a_checkpoint_restores_and_its_classes_are_checked() -> None:
    model, path = build_model("deeplabv3plus-r50", 37), Path("model.safetensors")
    card = ModelCard("deeplabv3plus-r50", class_set("sunrgbd37"))
    restored = restore_model(card, model.state_dict(), path)
    color, depth_m, focal_px = inputs(16, 16)
    with torch.inference_mode():
        assert torch.equal(restored(color, depth_m, focal_px), model.eval()(color, depth_m, focal_px))
    other = ModelCard("deeplabv3plus-r50", class_set("cityscapes19"))
    with pytest.raises(CheckpointError, match="its card names 19 classes, its weights have 37"):
        restore_model(other, model.state_dict(), path)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("deeplabv3plus-r50", {"kernels": 2}, "deeplabv3plus-r50 has no malleable layers, so no option kernels"),
        ("malleable-deeplabv3plus-r50", {"encoders": "both"}, "has no encoder for depth, so no option encoders"),
        ("deeplabv3plus-r101", {"depth_mean_m": 2.0}, "has no encoder for depth, so no option depth_mean_m"),
        ("malleable-deeplabv3plus-r101", {"stages": (5,)}, "stages must be among"),
        ("deeplabv3plus-r50", {"farthest_m": -1.0}, "farthest_m must be 0 or more"),
    ],
)
def test_options_that_do_not_fit_are_refused(name: str, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        on_meta(name, 5, **options)

"""The networks by name. Importing this file is cheap: torch is loaded when a network is built."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from segmentation.errors import UnknownModelError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from segmentation.networks.network import Network

DEFAULT_MODEL = "malleable-deresunet-lite"
MALLEABLE_PREFIX = "malleable-"
_DERESUNET, _DEEPLAB = "deresunet-", "deeplabv3plus-"
_PLAIN_NAMES = (
    "deresunet-lite",
    "deresunet-r18",
    "deresunet-r50",
    "deresunet-r50-4ch",
    "deeplabv3plus-r50",
    "deeplabv3plus-r101",
)
MODEL_NAMES = (*(MALLEABLE_PREFIX + name for name in _PLAIN_NAMES), *_PLAIN_NAMES)
UNTRAINED_SEED = 0
BOTTLENECK_GAIN = 0.5
MALLEABLE_OPTIONS = ("stages", "kernels", "learn_range", "rebalance", "encoders")


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A network's size and cost.

    size_mb: the parameters in float32, in units of 2**20 bytes. gmac: 1e9 multiply-adds of the convolutions for one
    image, padding to the coarsest stride included; a malleable layer counts once for each of its kernels.
    """

    name: str
    parameters: int
    size_mb: float
    gmac: float
    malleable_layers: int


def check_model_name(name: str) -> None:
    """Raise UnknownModelError, which lists the names, unless this is one of MODEL_NAMES."""
    if name not in MODEL_NAMES:
        raise UnknownModelError(f"unknown model {name!r}; known: {', '.join(MODEL_NAMES)}, or the path of a model file")


def build_model(name: str, num_classes: int, *, seed: int = UNTRAINED_SEED, **options: Any) -> Network:
    """The network of this name, untrained, in training mode, on the CPU; the same seed gives the same weights.

    It is called as model(color (N, 3, H, W) float32 normalised, depth_m (N, 1, H, W) float32 metres with 0 = no
    reading, focal_px (N, 2)) and gives logits (N, num_classes, ceil(H / s), ceil(W / s)) with s = model.output_stride.

    options: farthest_m for all; for DeResUNets depth_mean_m and depth_std_m; for the lite ones output_stride, 4 or 2;
    for the malleable ones MALLEABLE_OPTIONS: stages (a subset of 1..4), kernels, learn_range, rebalance (see
    networks.resnet.Malleable), and for DeResUNets among them encoders ("color" or "both").
    Raises UnknownModelError; ValueError for an option that does not fit.
    """
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = construct_model(name, num_classes, **options)
        for module in model.modules():
            _initialise(module)
        for convolution in model.shuffled_convolutions():
            _start_as_nearest_upsampling(convolution)
    return model


def construct_model(name: str, num_classes: int, **options: Any) -> Network:
    """As build_model, with weights as the layers make them; under `with torch.device("meta")` it takes no memory."""
    check_model_name(name)
    from segmentation.networks.deeplabv3plus import DeepLabV3Plus
    from segmentation.networks.deresunet import DeResUNet
    from segmentation.networks.layouts import ALL_STAGES, DEEPLABS, MALLEABLE_STAGES, deresunet_layout

    plain = name.removeprefix(MALLEABLE_PREFIX)
    if name != plain:
        options.setdefault("stages", MALLEABLE_STAGES.get(plain, ALL_STAGES))
    elif wrong := set(MALLEABLE_OPTIONS) & set(options):
        raise ValueError(f"{name} has no malleable layers, so no option {', '.join(sorted(wrong))}")
    if plain.startswith(_DERESUNET):
        layout = deresunet_layout(plain.removeprefix(_DERESUNET), options.pop("output_stride", None))
        return DeResUNet(layout, num_classes, **options)
    if "output_stride" in options:
        raise ValueError(f"{name} has its logits at 1/4, so no option output_stride")
    if wrong := {"encoders", "depth_mean_m", "depth_std_m"} & set(options):
        raise ValueError(f"{name} has no encoder for depth, so no option {', '.join(sorted(wrong))}")
    return DeepLabV3Plus(DEEPLABS[plain.removeprefix(_DEEPLAB)], num_classes, **options)


def model_summary(name: str, num_classes: int, size: tuple[int, int], **options: Any) -> ModelSummary:
    """Size and cost of a model for images of `size` (width, height). Nothing is computed and no weights are made."""
    import torch

    from segmentation.malleable import MalleableConv2d

    with torch.device("meta"), torch.inference_mode():
        model = construct_model(name, num_classes, **options)
        plain = {option: value for option, value in options.items() if option not in MALLEABLE_OPTIONS}
        positions = _output_positions(construct_model(name.removeprefix(MALLEABLE_PREFIX), num_classes, **plain), size)
    layers = dict(model.named_modules())
    # A malleable weight has K times a plain one's elements: all K kernels are counted.
    macs = sum(layers[layer].get_parameter("weight").numel() * count for layer, count in positions.items())
    parameters = sum(parameter.numel() for parameter in model.parameters())
    malleable = sum(isinstance(layer, MalleableConv2d) for layer in layers.values())
    return ModelSummary(name, parameters, parameters * 4 / 2**20, macs / 1e9, malleable)


def _output_positions(plain: Network, size: tuple[int, int]) -> dict[str, int]:
    """How many pixels each convolution of a network without malleable layers, on the meta device, puts out."""
    import torch

    positions: dict[str, int] = {}

    def count(name: str, _: nn.Module, __: object, y: Tensor) -> None:
        positions[name] = y.shape[-2] * y.shape[-1]

    for name, layer in plain.eval().named_modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_hook(partial(count, name))
    width, height = size
    plain(torch.empty(1, 3, height, width), torch.empty(1, 1, height, width), torch.empty(1, 2))
    return positions


def _start_as_nearest_upsampling(convolution: nn.Conv2d) -> None:
    """Equal weights for the four pixels that PixelShuffle makes of one, so that no checkerboard is there to unlearn.

    Aitken et al., "Checkerboard artifact free sub-pixel convolution", 2017.
    """
    weight = convolution.weight.data
    weight.copy_(weight[::4].repeat_interleave(4, dim=0))


def _initialise(module: nn.Module) -> None:
    """He initialisation keeps an untrained network's maps in scale; batch norm already starts as the identity.

    Not so the last one of a bottleneck: 33 units that each add as much as they get would leave float16. Goyal et al.,
    "Accurate, Large Minibatch SGD", 2017, section 5.1, start it at 0; above 0 every layer learns from the first step.
    """
    from torch import nn

    from segmentation.malleable import MalleableConv2d
    from segmentation.networks.resnet import Bottleneck

    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, MalleableConv2d):
        plain = module.weight.new_empty(module.weight.shape[1:])
        nn.init.kaiming_normal_(plain, mode="fan_out", nonlinearity="relu")
        module.load_plain_weight(plain)
    elif isinstance(module, Bottleneck):
        nn.init.constant_(module.bn3.weight, BOTTLENECK_GAIN)

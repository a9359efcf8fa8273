"""The members of the two families."""

from __future__ import annotations

from dataclasses import replace

from segmentation.networks.deresunet import Layout
from segmentation.networks.resnet import BasicBlock, Bottleneck

R101_UNITS, R50_UNITS, R18_UNITS, LITE_DEPTH_UNITS = (3, 4, 23, 3), (3, 4, 6, 3), (2, 2, 2, 2), (1, 1, 1, 1)

# For a machine without a GPU: narrow where maps are large, and logits for every fourth pixel.
LITE = Layout(
    block=BasicBlock,
    color_units=R18_UNITS,
    color_widths=(16, 32, 64, 128, 256),
    depth_units=LITE_DEPTH_UNITS,
    depth_widths=(8, 16, 32, 64, 128),
    stem_kernel_size=3,
    bridge=192,
    decoder=(128, 96, 64),
    decoder_convs=(2, 2, 1, 1),
    head=None,
)
# With a step at 1/2, as its first weights were trained: more time and no better scores (docs/model_card.md).
LITE_TO_HALF = replace(LITE, decoder=(128, 96, 48, 24), decoder_convs=(2, 2, 1, 1, 1))

# One rule sizes all but the lite one: every decoder step has half the channels of the maps that it takes in.
DERESUNETS = {
    "r50": Layout(
        block=Bottleneck, color_units=R50_UNITS, depth_units=R50_UNITS, bridge=2048, decoder=(1024, 512, 256, 64)
    ),
    "r50-4ch": Layout(block=Bottleneck, color_units=R50_UNITS, bridge=1024, decoder=(512, 256, 128, 32)),
    "r18": Layout(
        block=BasicBlock, color_units=R18_UNITS, depth_units=R18_UNITS, bridge=512, decoder=(256, 128, 64, 64)
    ),
    "lite": LITE,
}

DEEPLABS = {"r50": R50_UNITS, "r101": R101_UNITS}  # residual units; the paper of the malleable convolution has both

ALL_STAGES = (1, 2, 3, 4)
# The lite one's malleable layers read maps at 1/8 and 1/16: on a CPU they cost most where maps are large.
MALLEABLE_STAGES = {"deresunet-lite": (3, 4)}


def deresunet_layout(member: str, output_stride: int | None = None) -> Layout:
    """The layout of a DeResUNet whose logits have this stride; None for the usual one.

    Raises ValueError for a stride that it cannot have.
    """
    layouts = (LITE, LITE_TO_HALF) if member == "lite" else (DERESUNETS[member],)
    for layout in layouts:
        if output_stride in (None, layout.output_stride):
            return layout
    known = " or ".join(str(layout.output_stride) for layout in layouts)
    raise ValueError(f"deresunet-{member} can have output_stride {known}, not {output_stride}")

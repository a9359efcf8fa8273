"""The members of the two families."""

from __future__ import annotations

from segmentation.networks.deresunet import Layout
from segmentation.networks.resnet import BasicBlock, Bottleneck

R101_UNITS, R50_UNITS, R18_UNITS, LITE_DEPTH_UNITS = (3, 4, 23, 3), (3, 4, 6, 3), (2, 2, 2, 2), (1, 1, 1, 1)

# One rule sizes all but the lite one: every decoder step has half the channels of the maps that it takes in.
DERESUNETS = {
    "r50": Layout(
        block=Bottleneck, color_units=R50_UNITS, depth_units=R50_UNITS, bridge=2048, decoder=(1024, 512, 256, 64)
    ),
    "r50-4ch": Layout(block=Bottleneck, color_units=R50_UNITS, bridge=1024, decoder=(512, 256, 128, 32)),
    "r18": Layout(
        block=BasicBlock, color_units=R18_UNITS, depth_units=R18_UNITS, bridge=512, decoder=(256, 128, 64, 64)
    ),
    # For a machine without a GPU: narrow where maps are large, and logits for every second pixel.
    "lite": Layout(
        block=BasicBlock,
        color_units=R18_UNITS,
        color_widths=(16, 32, 64, 128, 256),
        depth_units=LITE_DEPTH_UNITS,
        depth_widths=(8, 16, 32, 64, 128),
        stem_kernel_size=3,
        bridge=192,
        decoder=(128, 96, 48, 24),
        decoder_convs=(2, 2, 1, 1, 1),
        head=None,
    ),
}

DEEPLABS = {"r50": R50_UNITS, "r101": R101_UNITS}  # residual units; the paper of the malleable convolution has both

ALL_STAGES = (1, 2, 3, 4)
# The lite one's malleable layers read maps at 1/8 and 1/16: on a CPU they cost most where maps are large.
MALLEABLE_STAGES = {"deresunet-lite": (3, 4)}

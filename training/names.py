"""Names that the command line knows without loading what they stand for."""

from __future__ import annotations

from typing import Literal, get_args

Loss = Literal["ce", "lovasz", "jaccard"]
LOSSES: tuple[Loss, ...] = get_args(Loss)
TrainedOn = Literal["train", "train+val"]
TRAINED_ON: tuple[TrainedOn, ...] = get_args(TrainedOn)
RecipeName = Literal["strong", "slides", "malleable"]
Supervision = Literal["none", "decoder", "encoder"]
Schedule = Literal["cosine", "poly"]
RECIPE_NAMES: tuple[RecipeName, ...] = get_args(RecipeName)
DATASETS = ("sunrgbd", "nyuv2", "cityscapes", "rooms")
CACHES = ("none", "ram")
Depth = Literal["raw", "refined"]
DEPTHS: tuple[Depth, ...] = get_args(Depth)
DEFAULT_HOST = "deeplabv3plus-r50"  # of ablations: the system that the malleable convolution was published in

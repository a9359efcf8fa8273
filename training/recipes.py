"""How a network is trained, as frozen lists of choices, each with its source.

`strong` is the default: the practice of the field's convolutional RGB-D networks, for training from scratch or from
ImageNet weights. `slides` is the recipe that DeResUNet was described with, figure by figure. `malleable` is that of the
malleable 2.5D convolution's published code. Any of them trains any network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from training.names import RecipeName, Schedule, Supervision


@dataclass(frozen=True, slots=True)
class Plateau:
    """Multiply the learning rate by `factor` when the validation loss has not fallen for `patience` epochs."""

    factor: float
    patience: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """The choices.

    momentum: of SGD. batch_size: for each device. input_size: (width, height) px that frames become.
    epochs: passes over the data; 0 = as many as make up `iterations` batches of batch_size, whatever the data's size.
    lr_follows_batch: learning_rate belongs to batch_size in all, and is multiplied with what all devices take together.
    warm_up: share of the training in which the learning rate rises linearly; afterwards it falls as `schedule` says.
    plateau: instead of that, wait for the validation loss. gradient_clip: largest norm of a gradient; 0 = any.
    average_decay: of the moving average of weights that is validated and exported; 0 = none, the weights themselves.
    batch_norm_momentum: the share of a batch in the running statistics.
    largest_class_weight: classes are weighted by median frequency, up to this; 0 = all alike.
    supervision: whether coarse maps of the decoder or the encoder are supervised too; side_weight: how much they count.
    loss_at: logits meet the pixels under each of their cells, or are upsampled to all pixels as for scores.
    imagenet: encoders start from ImageNet's weights unless told otherwise, where there are any.
    stop_patience: epochs without a lower validation loss after which training ends; 0 = never.
    """

    name: RecipeName
    optimizer: Literal["adamw", "adam", "sgd"]
    learning_rate: float
    weight_decay: float
    batch_size: int
    epochs: int
    warm_up: float
    plateau: Plateau | None
    gradient_clip: float
    average_decay: float
    largest_class_weight: float
    supervision: Supervision
    mixed_precision: bool
    stop_patience: int
    momentum: float = 0.0
    iterations: int = 0
    lr_follows_batch: bool = False
    schedule: Schedule = "cosine"
    batch_norm_momentum: float = 0.1
    side_weight: float = 1.0
    loss_at: Literal["cells", "pixels"] = "cells"
    imagenet: bool = False
    input_size: tuple[int, int] = (320, 240)


STRONG = Recipe(
    name="strong",
    # Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019; DFormer and CMX train with it, weight
    # decay 0.01. Batch norm, biases and the malleable scalars are not decayed.
    optimizer="adamw",
    weight_decay=0.01,
    # Their 6e-5 to 8e-5 fine-tunes pretrained transformers; from scratch a convolutional network takes the 1e-3 that
    # Kingma and Ba, "Adam", ICLR 2015, give as default.
    learning_rate=1e-3,
    batch_size=8,  # ESANet, CMX
    epochs=100,  # they take 500 (ESANet, CMX) or 300 (DFormer); a starting point that is done in a day
    # ESANet's OneCycle: Smith and Topin, "Super-Convergence", 2018; its rise over a tenth and its cosine, but stepped
    # at every batch, which does not depend on how many epochs there are.
    warm_up=0.1,
    plateau=None,
    gradient_clip=1.0,  # Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013
    # Tarvainen and Valpola, "Mean teachers are better role models", NeurIPS 2017: 0.999 once training has settled.
    average_decay=0.999,
    # Eigen and Fergus, ICCV 2015; ESANet, RedNet. RedNet's largest weight for SUN RGB-D is 5.3; the limit keeps a class
    # of a few hundred pixels from ruling a batch.
    largest_class_weight=10.0,
    supervision="decoder",  # ESANet, RedNet
    mixed_precision=True,  # Micikevicius et al., "Mixed Precision Training", ICLR 2018
    stop_patience=0,
)

SLIDES = Recipe(
    name="slides",
    optimizer="adam",
    learning_rate=1e-4,
    weight_decay=0.0,
    batch_size=6,
    epochs=50,
    warm_up=0.0,
    plateau=Plateau(factor=0.1, patience=5),  # not given by the slides: PyTorch's factor, half its patience
    gradient_clip=0.0,
    average_decay=0.0,
    largest_class_weight=0.0,
    supervision="none",
    mixed_precision=False,
    stop_patience=10,  # not given by the slides: twice the plateau's, so that a lower rate gets its chance
    imagenet=True,
)

# The published code, commit 32b3f86 of charlesCXK/RGBD_Semantic_Segmentation_PyTorch, model/malleable2_5d.nyu.res101;
# docs/training.md compares line by line.
MALLEABLE = Recipe(
    name="malleable",
    optimizer="sgd",
    momentum=0.9,
    learning_rate=2e-2,
    weight_decay=5e-4,  # there too not of batch norm, biases and the malleable scalars
    batch_size=16,
    epochs=0,
    iterations=39_200,  # 80 "epochs" of 490, which are ten passes over NYUDv2's 795 images each
    # The code has one batch size. Goyal et al., "Accurate, Large Minibatch SGD", 2017, section 2.1: with another one
    # the rate follows it and the passes stay.
    lr_follows_batch=True,
    warm_up=0.0,
    schedule="poly",
    plateau=None,
    gradient_clip=0.0,
    average_decay=0.0,
    batch_norm_momentum=0.01,
    largest_class_weight=0.0,
    supervision="encoder",
    side_weight=0.4,
    loss_at="pixels",
    imagenet=True,
    mixed_precision=False,
    stop_patience=0,
    input_size=(640, 480),  # NYUDv2's own; training takes 480x480 of it, see augment/malleable.py
)

RECIPES: dict[RecipeName, Recipe] = {"strong": STRONG, "slides": SLIDES, "malleable": MALLEABLE}

"""The network that a run starts from, and the card that goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console.errors import UsageError
from segmentation.checkpoints.card import ModelCard
from segmentation.classes import ClassSet
from segmentation.errors import CheckpointError, DownloadError
from segmentation.models import build_model
from segmentation.networks.imagenet import FILES, imagenet_state, start_from_imagenet
from segmentation.networks.network import Network
from training.augment import normalisation_of
from training.begin.weights import start_from_model
from training.first_process import say_once
from training.options import DOWNLOAD, NO_WEIGHTS, TrainOptions
from training.recipes import RECIPES

# Indoors a reading beyond is an error of the camera more often than not; the SUN RGB-D toolbox cuts at 8 m, and rooms
# have next to nothing beyond 10 m. Outdoors as nicr-scene-analysis-datasets cuts Cityscapes.
FARTHEST_INDOORS_M, FARTHEST_OUTDOORS_M = 10.0, 300.0

ARCHITECTURES = {"r101": "resnet101", "r50": "resnet50", "r18": "resnet18"}  # by a part of the model's name


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """What a run starts from.

    card: untrained so far. origin: which weights these are, for the user. earlier: how they were trained, if at all.
    """

    network: Network
    card: ModelCard
    origin: str
    earlier: str | None = None


def build_network(options: TrainOptions, classes: ClassSet, dataset: str) -> Start:
    """The network with the weights that the options want it to start from. dataset: whose samples it will see.

    Raises UsageError for weights or options that the model has no use for, CheckpointError for a file that will not do.
    """
    network_options = {"farthest_m": farthest_m(dataset, no_depth=options.no_depth), **options.network_options}
    try:
        network = build_model(options.model, len(classes), seed=options.seed, **network_options)
    except ValueError as error:
        raise UsageError(f"--network: {error}") from error
    if options.batch_size is not None and options.batch_size < network.least_batch:
        raise UsageError(
            f"--batch-size {options.batch_size}: {options.model} normalises whole images over a batch; give at least"
            f" {network.least_batch}"
        )
    card = ModelCard(
        model=options.model,
        classes=classes,
        input_size=options.frame_size,
        options=network_options,
        normalisation=normalisation_of(options.recipe),
    )
    if options.init is not None:
        origin, earlier = start_from_model(network, card, options.init)
        return Start(network, card, origin, earlier)
    return Start(network, card, _start_encoders(network, options))


def farthest_m(dataset: str, *, no_depth: bool) -> float:
    """How far the network believes depth; 0 for colour alone."""
    if no_depth:
        return 0.0
    return FARTHEST_OUTDOORS_M if dataset == "cityscapes" else FARTHEST_INDOORS_M


def _start_encoders(network: Network, options: TrainOptions) -> str:
    architecture = next((kind for part, kind in ARCHITECTURES.items() if part in options.model.split("-")), None)
    wanted = options.encoder_weights or (DOWNLOAD if RECIPES[options.recipe].imagenet and architecture else NO_WEIGHTS)
    if wanted == NO_WEIGHTS:
        return "starts from scratch, encoders too"
    if architecture is None:
        raise UsageError(
            f"--encoder-weights {wanted}: there are none for {options.model}, whose encoders are narrower; use none,"
            " or a model with -r18, -r50 or -r101"
        )
    try:
        state = imagenet_state(architecture, None if wanted == DOWNLOAD else Path(wanted), tell=say_once)
    except DownloadError as error:
        raise CheckpointError(f"{error}: --encoder-weights FILE, or none to start from scratch") from error
    start_from_imagenet(network, state)
    return f"encoders start from ImageNet's {FILES[architecture] if wanted == DOWNLOAD else wanted}"

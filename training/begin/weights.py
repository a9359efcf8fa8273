"""--init: a network that starts from a model that was trained before."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from segmentation.checkpoints.card import ModelCard
from segmentation.checkpoints.checkpoint import load_checkpoint
from segmentation.errors import CheckpointError, one_line
from segmentation.models import MALLEABLE_PREFIX
from segmentation.networks.network import Network
from training.begin.files import init_file

HEAD = "last_conv."  # of every network: the layer that knows the classes


def start_from_model(network: Network, card: ModelCard, init: str) -> tuple[str, str | None]:
    """Copy a trained model's weights into the network; returns what was taken, and how that was trained.

    init: a model file, or a name whose weights come with the program. A plain model starts its malleable sibling, its
    weights in every kernel; a model of other classes gives everything but the last layer, which stays as it is.
    Raises UsageError for a name without weights, CheckpointError for a file of another network.
    """
    path = init_file(init)
    found, state = load_checkpoint(path)
    check_model(found, card, path, plain_too=True)
    taken = f"starts from {init}"
    if found.model != card.model:
        taken += ", its weights in every kernel"
    if (stride := found.options.get("output_stride", network.output_stride)) != network.output_stride:
        raise CheckpointError(f"{path} ends at 1/{stride} of its input: give --network output_stride={stride}")
    if found.classes.names != card.classes.names:
        state = {**state, **{name: weight for name, weight in network.state_dict().items() if name.startswith(HEAD)}}
        taken += f", but the last layer from scratch: it knew {found.classes.name}, the data have {card.classes.name}"
    _load(network, state, card, path)
    return taken, found.training


def check_model(found: ModelCard, wanted: ModelCard, path: Path, *, plain_too: bool = False) -> None:
    """Raise CheckpointError unless a file is of the model that is wanted, or, plain_too, of its plain sibling."""
    allowed = (wanted.model, wanted.model.removeprefix(MALLEABLE_PREFIX)) if plain_too else (wanted.model,)
    if found.model not in allowed:
        raise CheckpointError(f"{path} is a {found.model}, not a {wanted.model}: give --model {found.model}")


def check_classes(found: ModelCard, wanted: ModelCard, path: Path) -> None:
    """Raise CheckpointError unless a file's classes are those that are wanted."""
    if len(found.classes) != len(wanted.classes):
        raise CheckpointError(
            f"{path} knows {len(found.classes)} classes ({found.classes.name}), the data have {len(wanted.classes)}"
            f" ({wanted.classes.name}): train on the data it was trained on, or begin anew in another --out"
        )
    if found.classes.names != wanted.classes.names:
        raise CheckpointError(
            f"{path} knows other classes ({found.classes.name}) than the data ({wanted.classes.name})"
        )


def _load(network: nn.Module, state: dict[str, Tensor], card: ModelCard, path: Path) -> None:
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise CheckpointError(f"{path} holds another network than {card.model}: {one_line(error)}") from error

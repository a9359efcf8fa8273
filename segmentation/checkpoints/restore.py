"""From a card and a state dict to a network that is ready for inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from segmentation.checkpoints.card import ModelCard
from segmentation.errors import CheckpointError, UnknownModelError, one_line
from segmentation.models import construct_model
from segmentation.networks.network import HEAD_WEIGHT, Network

NAMES_SHOWN = 3


def restore_model(card: ModelCard, state: Mapping[str, Tensor], path: Path) -> Network:
    """The network of the card with these weights, in evaluation mode, on the CPU.

    Raises CheckpointError, which names `path`, when weights are missing, superfluous, of another shape or not finite,
    or when their number of classes is not the card's.
    """
    try:
        with torch.random.fork_rng(devices=[]):  # the weights made here are replaced at once
            model = construct_model(card.model, len(card.classes), **card.options)
    except (UnknownModelError, ValueError, TypeError, RuntimeError, MemoryError) as error:  # the last two: no room
        raise CheckpointError(f"{path}: its model card cannot be used: {one_line(error)}") from error
    _check_state(model.state_dict(), state, card, path)
    model.load_state_dict(dict(state), assign=True)
    return model.float().eval()


def _check_state(expected: Mapping[str, Tensor], state: Mapping[str, Tensor], card: ModelCard, path: Path) -> None:
    head = state.get(HEAD_WEIGHT)
    if head is not None and head.ndim == 4 and head.shape[0] != len(card.classes):
        message = f"{path}: its card names {len(card.classes)} classes, its weights have {head.shape[0]}"
        raise CheckpointError(f"{message}; export it again")
    missing = [name for name in expected if name not in state]
    unexpected = [name for name in state if name not in expected]
    reshaped = [
        f"{name} {_kind(state[name])} instead of {_kind(tensor)}"
        for name, tensor in expected.items()
        if name in state and _kind(state[name]) != _kind(tensor)
    ]
    faults = [
        f"{kind} {_some(names)}"
        for kind, names in (("lacks", missing), ("has unknown", unexpected), ("has", reshaped))
        if names
    ]
    if faults:
        raise CheckpointError(f"{path} holds another network than {card.model}: it {', '.join(faults)}")
    if wild := [name for name, tensor in state.items() if not tensor.isfinite().all()]:
        raise CheckpointError(f"{path} holds NaN or infinity in {_some(wild)}: its training diverged; use another file")


def _kind(tensor: Tensor) -> str:
    return f"{tuple(tensor.shape)}{'' if tensor.is_floating_point() else ' of whole numbers'}"


def _some(names: Sequence[str]) -> str:
    rest = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {rest} more" if rest > 0 else "")

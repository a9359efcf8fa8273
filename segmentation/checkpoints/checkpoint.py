"""Model files: safetensors with a JSON card in their header; Lightning checkpoints are read too.

A file from anywhere is data: pickles are read with torch's weights-only reader, which runs nothing.
"""

from __future__ import annotations

import json
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from segmentation.checkpoints.card import ModelCard
from segmentation.checkpoints.earlier import with_its_end
from segmentation.errors import CheckpointError, one_line

HEADER_KEY = "rgbd_live"
LIGHTNING_PREFIX = "model."
EXPORT = "; export it with rgbd-train"
WRITTEN_ELSEWHERE = f", so it was not written by rgbd-train{EXPORT}"

State = dict[str, Tensor]


def save_checkpoint(path: Path, state: Mapping[str, Tensor], card: ModelCard) -> None:
    """Write a model file; the name appears only when the file is whole.

    state: the network's state dict. Raises OSError where it cannot be written.
    """
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.items()}
    part = path.with_name(path.name + ".part")
    try:
        part.touch()
        mode = part.stat().st_mode  # as the user's umask wants it; safetensors makes files that nobody else may read
        save_file(tensors, part, metadata={HEADER_KEY: json.dumps(card.as_document())})
        part.chmod(mode)
        part.replace(path)
    except SafetensorError as error:
        raise OSError(f"cannot write {path}: {one_line(error)}") from error
    finally:
        part.unlink(missing_ok=True)


def load_checkpoint(path: Path) -> tuple[ModelCard, State]:
    """The card and the state dict, on the CPU, of a model file or of a Lightning checkpoint.

    A Lightning checkpoint holds the network's weights under "state_dict" as "model.NAME" and the card, as a plain
    dictionary, under "hyper_parameters" as "card".

    Raises CheckpointError, one line that names the file, when it is missing, empty, truncated, something else, without
    a card, or needs code to be run.
    """
    start = _first_bytes(path)
    is_safetensors = start[8:9] == b"{"  # after the header's length, which may look like anything
    is_pickle = not is_safetensors and start.startswith((b"PK", b"\x80"))
    document, state = _read_pickle(path) if is_pickle else _read_safetensors(path)
    try:
        return with_its_end(ModelCard.from_document(document), state), state
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise CheckpointError(f"{path}: its model card cannot be used: {one_line(error)}") from error


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except FileNotFoundError:
        raise CheckpointError(f"model file not found: {path}") from None
    except OSError as error:
        raise CheckpointError(f"model file {path} cannot be read: {error.strerror}") from error
    if not start:
        raise CheckpointError(f"model file {path} is empty; get it again")
    return start


def _read_safetensors(path: Path) -> tuple[dict[str, Any], State]:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping, only has keys()
    except (SafetensorError, OSError) as error:
        message = f"model file {path} is truncated, damaged or no model file at all ({one_line(error)}); get it again"
        raise CheckpointError(message) from error
    if HEADER_KEY not in metadata:
        raise CheckpointError(f"{path} has no model card{WRITTEN_ELSEWHERE}")
    try:
        return json.loads(metadata[HEADER_KEY]), state
    except json.JSONDecodeError as error:
        raise CheckpointError(f"{path}: its model card is no JSON: {one_line(error)}") from error


def read_weights_only(path: Path) -> Any:
    """What torch.save wrote, if it is tensors and plain values. Raises CheckpointError for anything else."""
    try:
        with path.open("rb") as file, warnings.catch_warnings():  # given a name, torch would look at its suffix
            warnings.simplefilter("ignore")  # of what is refused below
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        message = f"{path} is damaged or holds more than weights, which could run code and is not read{EXPORT}"
        raise CheckpointError(message) from error
    except Exception as error:  # a damaged pickle fails wherever its first wrong byte leads: IndexError, struct.error
        message = f"checkpoint {path} is truncated or damaged; get it again ({one_line(error)})"
        raise CheckpointError(message) from error


def _read_pickle(path: Path) -> tuple[dict[str, Any], State]:
    content = read_weights_only(path)
    if not isinstance(content, dict) or not isinstance(content.get("state_dict"), dict):
        raise CheckpointError(f"{path} is no Lightning checkpoint (no state_dict){EXPORT}")
    hyper_parameters = content.get("hyper_parameters")
    if not isinstance(hyper_parameters, dict) or not isinstance(hyper_parameters.get("card"), dict):
        raise CheckpointError(f"{path} has no model card{WRITTEN_ELSEWHERE}")
    state = {
        name.removeprefix(LIGHTNING_PREFIX): tensor
        for name, tensor in content["state_dict"].items()
        if name.startswith(LIGHTNING_PREFIX) and isinstance(tensor, Tensor)
    }
    return hyper_parameters["card"], state

"""--resume: what last.ckpt tells of its run, and whether the run that is asked for is the same one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from console.errors import UsageError
from segmentation.checkpoints.card import ModelCard
from segmentation.checkpoints.checkpoint import read_weights_only
from segmentation.checkpoints.earlier import with_its_end
from segmentation.errors import CheckpointError, one_line
from training.begin.identity import RunIdentity
from training.begin.weights import check_classes, check_model
from training.network_options import network_option_words
from training.options import NO_WEIGHTS, TrainOptions
from training.outputs import RunFiles

NO_REACH = "0.0"  # the farthest depth, in metres, that a network for colour alone believes
OR_ANEW = "go on with that, or begin anew in another --out"


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A run that was begun. epochs_done: whole ones. elapsed_s: what it took so far."""

    path: Path
    card: ModelCard
    identity: RunIdentity
    epochs_done: int
    elapsed_s: float

    def continued(self, options: TrainOptions) -> TrainOptions:
        """The options with the end that the run was begun with, where they name none, and nothing to start from.

        Raises UsageError for fewer epochs than are done.
        """
        epochs = options.epochs or self.identity.epochs
        if epochs is not None and epochs < self.epochs_done:
            raise UsageError(
                f"--epochs {epochs}: {self.path} has done {self.epochs_done} already; give that many or more"
            )
        minutes = self.identity.max_minutes if options.max_minutes is None else options.max_minutes
        return replace(options, epochs=epochs, max_minutes=minutes, init=None, encoder_weights=NO_WEIGHTS)

    def check(self, card: ModelCard, identity: RunIdentity) -> None:
        """Raise CheckpointError for another network or other samples, UsageError for other choices."""
        check_model(self.card, card, self.path)
        check_classes(self.card, card, self.path)
        self._check_network(card)
        was, now = self.identity, identity
        if (was.class_set, was.samples, was.names) != (now.class_set, now.samples, now.names):
            among = " of other names" if was.samples == now.samples else ""
            raise CheckpointError(
                f"{self.path} was begun on {was.samples} samples of {was.class_set}, here are {now.samples} of"
                f" {now.class_set}{among}: give the --data it was begun with, or begin anew in another --out"
            )
        if changed := [name for name, value in now.choices.items() if was.choices.get(name) != value]:
            begun = " and ".join(_spelled(name, was.choices.get(name)) for name in changed)
            raise UsageError(f"{self.path} was begun {begun}: {OR_ANEW}")

    def where(self, options: TrainOptions) -> str:
        """How far the run is that goes on with these options, for the user."""
        text = f"goes on from {self.path}, after epoch {self.epochs_done}"
        if options.max_minutes is not None and self.elapsed_s >= 60 * options.max_minutes:
            return f"{text}: its {options.max_minutes:g} minutes are spent, --max-minutes gives more"
        if options.epochs == self.epochs_done:
            return f"{text}: that was its last, --epochs gives more"
        return text

    def _check_network(self, wanted: ModelCard) -> None:
        was, now = _network_choices(self.card), _network_choices(wanted)
        if changed := sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name)):
            begun = " and ".join(_network_spelled(name, was.get(name), now.get(name)) for name in changed)
            raise CheckpointError(f"{self.path} was begun {begun}: {OR_ANEW}")


def begun_run(options: TrainOptions) -> Begun | None:
    """The run to go on with; None where that is not asked for, or there is none yet. Raises CheckpointError."""
    last = RunFiles(options.out).last
    return read_begun(last) if options.resume and last.exists() else None


def read_begun(path: Path) -> Begun:
    """What a run's last.ckpt tells. Raises CheckpointError where it is damaged or was written by something else."""
    content = read_weights_only(path)
    try:
        parameters = content["hyper_parameters"]
        return Begun(
            path,
            with_its_end(ModelCard.from_document(parameters["card"]), content["state_dict"]),
            RunIdentity.from_document(parameters["run"]),
            len(content["callbacks"]["keep"]["rows"]),
            float(content["elapsed_s"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} does not tell how its run was begun ({one_line(error)}): begin anew in another --out, from its"
            f" weights with --init {path}"
        ) from error


def _network_choices(card: ModelCard) -> dict[str, str]:
    """What the network was made with, by the option that says so."""
    width, height = card.input_size
    words = (word.split("=", 1) for word in network_option_words(card.as_document()["options"]))
    return {"--input-size": f"{width}x{height}", **{f"--network {name}": value for name, value in words}}


def _network_spelled(option: str, was: str | None, now: str | None) -> str:
    if option == "--network farthest_m" and NO_REACH in (was, now):
        return f"{'with' if was == NO_REACH else 'without'} --no-depth"
    return _spelled(option, was)


def _spelled(option: str, value: Any) -> str:
    """The option as it was given; None: it was not."""
    if value is None:
        return f"without {option}"
    return f"with {option}{'=' if option.startswith('--network') else ' '}{value}"

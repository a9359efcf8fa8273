"""Weights that all runs of a grid can start from."""

from __future__ import annotations

from console.errors import UsageError
from training.ablate.options import AblateOptions


def check_init(options: AblateOptions) -> None:
    """Refuse, before hours of training, a model of --init that not every variant can start from alike.

    A plain model's weights go into every kernel of every variant. A malleable one has a number of kernels, and has
    learned what some variants leave out. Raises UsageError, and CheckpointError for a file that will not do.
    """
    if options.run.init is None:
        return
    from segmentation.checkpoints.checkpoint import load_checkpoint
    from training.begin.weights import init_file

    card, _ = load_checkpoint(init_file(options.run.init))
    if card.model != options.host:
        raise UsageError(
            f"--init {options.run.init}: is a {card.model}, which not every variant can start from; give a plain"
            f" {options.host}, whose weights go into every kernel"
        )

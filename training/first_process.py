"""Which of a run's processes this is, and so whether it speaks."""

from __future__ import annotations

import os

from console.say import say

# Whichever of torchrun, Lightning and SLURM started the process says which one it is.
RANKS = ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID")


def is_first_process() -> bool:
    """Whether this is the one process of a run that writes and speaks."""
    return not any(int(os.environ.get(name) or 0) for name in RANKS)


def say_once(text: str) -> None:
    """One line from a run, however many processes it has."""
    if is_first_process():
        say(text)

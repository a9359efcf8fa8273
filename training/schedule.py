"""The learning rate as a function of how much of the training is done."""

from __future__ import annotations

import math

START_FACTOR = 1 / 25  # ESANet's OneCycle: div 25
END_FACTOR = 1e-4 / 25  # and final_div 1e4


def learning_rate_factor(done: float, warm_up: float) -> float:
    """What the recipe's learning rate is multiplied by.

    done: the share of the training that is behind, 0..1. warm_up: the share in which the rate rises, linearly, to the
    recipe's; then it falls along half a cosine.
    """
    done = min(max(done, 0.0), 1.0)
    if done < warm_up:
        return START_FACTOR + (1 - START_FACTOR) * done / warm_up
    fallen = (1 - math.cos(math.pi * (done - warm_up) / (1 - warm_up))) / 2
    return 1 - (1 - END_FACTOR) * fallen

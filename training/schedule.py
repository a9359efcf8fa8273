"""The learning rate as a function of how much of the training is done."""

from __future__ import annotations

import math

from training.names import Schedule

START_FACTOR = 1 / 25  # ESANet's OneCycle: div 25
END_FACTOR = 1e-4 / 25  # and final_div 1e4
POLY_POWER = 0.9  # DeepLab's; the malleable convolution's published code has the same


def learning_rate_factor(done: float, warm_up: float, schedule: Schedule = "cosine") -> float:
    """What the recipe's learning rate is multiplied by.

    done: the share of the training that is behind, 0..1. warm_up: the share in which the rate rises, linearly, to the
    recipe's; then it falls to next to nothing along half a cosine, or to 0 as a power of what is left ("poly").
    """
    done = min(max(done, 0.0), 1.0)
    if done < warm_up:
        return START_FACTOR + (1 - START_FACTOR) * done / warm_up
    fallen = (done - warm_up) / (1 - warm_up)
    if schedule == "poly":
        return (1 - fallen) ** POLY_POWER
    return 1 - (1 - END_FACTOR) * (1 - math.cos(math.pi * fallen)) / 2

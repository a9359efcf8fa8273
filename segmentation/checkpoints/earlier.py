"""Files that an earlier version wrote: what their weights tell and their cards do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from segmentation.checkpoints.card import ModelCard

LITE = "deresunet-lite"
STEP_AT_HALF = "up0.convs.0.conv.weight"


def with_its_end(card: ModelCard, weights: Iterable[str]) -> ModelCard:
    """The card of a model whose weights have these names, with the stride of its logits where only they tell it.

    Lite networks first had a decoder step at 1/2 of the input, before there was a choice.
    """
    ends_at_half = card.model.endswith(LITE) and any(name.endswith(STEP_AT_HALF) for name in weights)
    return replace(card, options={**card.options, "output_stride": 2}) if ends_at_half else card

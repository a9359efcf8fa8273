"""The ablations and the variants of the network that each compares; one variant may stand in several of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from console.errors import UsageError
from segmentation.models import MALLEABLE_PREFIX, MODEL_NAMES

HOSTS = tuple(name for name in MODEL_NAMES if not name.startswith(MALLEABLE_PREFIX))
# Every malleable variant says all four, so that none depends on what a family has as default.
_FULL = {"stages": (1, 2, 3, 4), "kernels": 3, "learn_range": True, "rebalance": True}


@dataclass(frozen=True, slots=True)
class Variant:
    """A network to train. name: short and stable, a folder's name. network: what build_model takes; none = plain."""

    name: str
    about: str
    network: Mapping[str, Any] = field(default_factory=dict)

    def model(self, host: str) -> str:
        """The model's name in this host's family."""
        return MALLEABLE_PREFIX + host if self.network else host


@dataclass(frozen=True, slots=True)
class Ablation:
    """A question. variants: by name, the full operator first; what it is compared with is in the order of reading."""

    name: str
    question: str
    variants: tuple[str, ...]


FULL = Variant("full", "the whole operator: 3 kernels in every stage, all learned", _FULL)
VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        FULL,
        Variant("plain", "standard 2D convolutions"),
        Variant(
            "fixed-range", "centres on the start grid, temperature 0.1, not learned", {**_FULL, "learn_range": False}
        ),
        Variant("no-rebalancing", "the scale of each kernel stays 1", {**_FULL, "rebalance": False}),
        Variant("kernels-1", "1 kernel", {**_FULL, "kernels": 1}),
        Variant("kernels-2", "2 kernels", {**_FULL, "kernels": 2}),
        Variant("kernels-4", "4 kernels", {**_FULL, "kernels": 4}),
        Variant("early-stages", "in res2 and res3 only", {**_FULL, "stages": (1, 2)}),
        Variant("late-stages", "in res4 and res5 only", {**_FULL, "stages": (3, 4)}),
    )
}
# By importance, as the published plan of ablations has them.
ABLATIONS: dict[str, Ablation] = {
    ablation.name: ablation
    for ablation in (
        Ablation("convolution", "Malleable or standard 2D convolution?", ("full", "plain")),
        Ablation("range", "Is the receptive field along depth worth learning?", ("full", "fixed-range")),
        Ablation("rebalancing", "Is rebalancing the kernels worth it?", ("full", "no-rebalancing")),
        Ablation("kernels", "How many kernels?", ("full", "kernels-1", "kernels-2", "kernels-4")),
        Ablation("location", "In which stages?", ("full", "early-stages", "late-stages")),
    )
}


def parse_only(text: str | None) -> tuple[str, ...]:
    """Words such as "convolution,range" as names of ablations, in their own order; None = all. Raises UsageError."""
    if text is None:
        return tuple(ABLATIONS)
    wanted = text.split(",")
    for name in wanted:
        if name not in ABLATIONS:
            raise UsageError(f"--only {name}: use one or more of {','.join(ABLATIONS)}")
    return tuple(name for name in ABLATIONS if name in wanted)


def variants_of(ablations: tuple[str, ...]) -> list[Variant]:
    """What must be trained for them, each variant once, by importance."""
    wanted = {variant for name in ablations for variant in ABLATIONS[name].variants}
    return [variant for variant in VARIANTS.values() if variant.name in wanted]

"""Post-training quantisation: a float32 graph whose convolutions compute in eight bits, scaled by what frames show.

What is worked out from depth (the relative depth, the kernels' shares, the masked features) stays float32: eight bits
of a share change more labels than eight bits of a feature. So do the convolutions that read the frame, and from the one
that gives the logits on: they cost little, and no later layer evens out their rounding. docs/engines.md has figures.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from segmentation.engines.openvino.library import load_nncf
from segmentation.engines.parity import LEAST_FRAMES
from segmentation.errors import EngineUnavailableError, one_line
from segmentation.graphs.ends import INPUTS

CALIBRATION_FRAMES, EVERY = 32, 2  # neighbours in a recording show the same
WEIGHTED = ("Convolution", "GroupConvolution", "MatMul")
_DEPTH_INPUTS = INPUTS[1:]


def quantised(model: Any, inputs: Iterable[dict[str, Any]]) -> Any:
    """An openvino.Model like `model` in eight bits. inputs: what the graph takes, by name, of consecutive frames.

    Raises EngineUnavailableError without NNCF, without a frame, or where NNCF fails.
    """
    nncf = load_nncf()
    chosen = scaling_frames(inputs)
    if not chosen:
        raise EngineUnavailableError("precision int8 is scaled by frames, and there are none")
    with quiet_nncf():
        try:
            return nncf.quantize(
                model,
                nncf.Dataset(chosen),
                preset=nncf.QuantizationPreset.MIXED,
                subset_size=len(chosen),
                ignored_scope=nncf.IgnoredScope(names=sorted(float_nodes(model)), validate=False),
            )
        except Exception as error:  # NNCF has no kind of its own for a graph that it cannot take
            raise EngineUnavailableError(f"precision int8: NNCF cannot quantise it ({one_line(error)})") from error


def scaling_frames(inputs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Which of consecutive frames to scale by.

    Not those that the parity gate compares on, where there are others: it would be asked what it was told.
    """
    inputs = iter(inputs)
    compared = list(islice(inputs, LEAST_FRAMES))
    return list(islice(inputs, 0, EVERY * CALIBRATION_FRAMES, EVERY)) or compared[::EVERY]


def float_nodes(model: Any) -> set[str]:
    """The names of the operators that stay float32: from depth to a convolution, the first ones, the last and after."""
    nodes = model.get_ordered_ops()  # each after those that it reads
    read_by = {_name(node): [_name(value.get_node()) for value in node.input_values()] for node in nodes}
    weighted = {_name(node) for node in nodes if node.get_type_name() in WEIGHTED}
    from_depth, not_first, not_last = set[str](_DEPTH_INPUTS), set[str](), set[str]()
    for name, sources in read_by.items():
        if any(source in from_depth and source not in weighted for source in sources):
            from_depth.add(name)
        if any(source in not_first or source in weighted for source in sources):
            not_first.add(name)
    for name, sources in reversed(read_by.items()):
        if name in weighted or name in not_last:
            not_last.update(sources)
    return (from_depth - weighted) | (weighted - not_first) | (read_by.keys() - not_last)


def _name(node: Any) -> str:
    return node.get_friendly_name()


@contextlib.contextmanager
def quiet_nncf() -> Iterator[None]:
    """NNCF tells every step, and draws bars on standard output."""
    logger = logging.getLogger("nncf")  # not by nncf.set_log_level, which changes handlers, those of others too
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)

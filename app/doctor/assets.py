"""The model and the demo that a bare `rgbd-live` plays, tried for real."""

from __future__ import annotations

from app.doctor.check import Check
from app.doctor.probe import ProbeError, Probes

LINES_ABOVE = "cure the lines above first; if they are ok, install rgbd-live anew"


def check_model(probes: Probes) -> Check:
    """The default model labels a frame, on the best engine that is ready; a first start may prepare another."""
    try:
        answer = probes["model"]
    except ProbeError as error:
        return Check("model", "fail", f"does not run: {error}", LINES_ABOVE)
    found = (
        f"{answer['name']} runs: {answer['engine']} on {answer['device']}, {answer['precision']}: {answer['reason']}"
    )
    if answer["trained"]:
        return Check("model", "ok", found)
    cure = "its labels mean nothing yet; give trained weights by --model FILE.safetensors"
    return Check("model", "warning", f"{found}; UNTRAINED: no weights are shipped for it", cure)


def check_demo(probes: Probes) -> Check:
    """The built-in demo gives frames."""
    try:
        answer = probes["demo"]
    except ProbeError as error:
        return Check("demo", "fail", f"does not play: {error}", LINES_ABOVE)
    return Check("demo", "ok", f"{answer['name']} plays: {answer['size'][0]}x{answer['size'][1]}")

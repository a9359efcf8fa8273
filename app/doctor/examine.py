"""Which checks there are, and how one that goes wrong itself becomes a line like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from app.doctor import assets, cameras, graphics, libraries, opencv, system
from app.doctor.check import Check
from app.doctor.probe import ProbeError, Probes, Question, run_probe

Look = Callable[[Probes], Check]


@dataclass(frozen=True, slots=True)
class Item:
    """A check by name. needed: a bare `rgbd-live` cannot run where it fails."""

    name: str
    look: Look
    needed: bool = False


def items() -> list[Item]:
    """All checks, in the order they are shown."""
    return [
        Item("Python", system.check_python, needed=True),
        Item("C library", system.check_libc),
        Item("torch", libraries.check_torch, needed=True),
        *(
            Item(package, partial(libraries.check_needed, module=module), needed=True)
            for module, package in libraries.NEEDED.items()
        ),
        Item("opencv", opencv.check_opencv, needed=True),
        Item("pyrealsense2", libraries.check_realsense_sdk),
        *(Item(module, partial(libraries.check_optional, module=module)) for module in libraries.OPTIONAL),
        Item("cameras", cameras.check_cameras),
        Item("camera rights", cameras.check_rights),
        Item("GPU", graphics.check_gpu),
        Item("display", graphics.check_display),
        Item("Vulkan", graphics.check_vulkan),
        Item("video", opencv.check_codecs),
        Item("disk", system.check_disk),
        Item("engine cache", system.check_cache),
        Item("weights cache", system.check_weights),
        Item("model", assets.check_model, needed=True),
        Item("demo", assets.check_demo, needed=True),
    ]


def questions() -> dict[str, Question]:
    """What is asked in child processes; the slowest start first."""
    modules = (*libraries.NEEDED, "pyrealsense2", *libraries.OPTIONAL)
    asked: dict[str, Question] = {
        name: partial(run_probe, name) for name in ("model", "torch", "demo", "cameras", "opencv", "codecs", "vulkan")
    }
    asked |= {"window": graphics.ask_window, "nvidia": graphics.ask_nvidia}
    return asked | {module: partial(run_probe, "library", module) for module in modules}


def examine(checks: Sequence[Item], asked: Mapping[str, Question]) -> tuple[list[Check], bool]:
    """Every check's line, and whether all that a bare `rgbd-live` needs works."""
    probes = Probes(asked)
    try:
        results = [look(item, probes) for item in checks]
    finally:
        probes.close()
    works = all(result.state != "fail" for item, result in zip(checks, results, strict=True) if item.needed)
    return results, works


def look(item: Item, probes: Probes) -> Check:
    """One check's line; a check that raises has failed."""
    try:
        return item.look(probes)
    except ProbeError as error:
        return Check(item.name, "fail", str(error), "see the lines above and below; the cause is often the same")
    except Exception as error:  # whatever is wrong with this machine, the other lines must still be shown
        return Check(item.name, "fail", f"the check broke: {type(error).__name__}: {error}", "please report this line")

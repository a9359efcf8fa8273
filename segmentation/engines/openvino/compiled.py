"""A graph compiled by OpenVINO for this CPU: what it is compiled with, how it is kept and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from segmentation.engines.cache import StaleEntryError
from segmentation.engines.cpu_threads import usable_threads
from segmentation.engines.openvino.library import load_openvino, openvino_core, openvino_reason
from segmentation.errors import EngineUnavailableError

BLOB_FILE = "compiled.blob"
# Of int8 the graph itself says which operators are quantised; the others stay float32.
HINTS = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}


def compile_options(precision: str) -> dict[str, Any]:
    """What OpenVINO is told: one frame at a time, in no other type than this.

    Left alone it takes bfloat16 where the CPU has it, and binds its threads to cores that the rest of the program, and
    other programs, want too.
    """
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": HINTS[precision],
        "INFERENCE_NUM_THREADS": usable_threads(),
        "ENABLE_CPU_PINNING": False,
    }


def cpu_key() -> dict[str, str]:
    """What a compiled graph depends on besides the graph; not the threads, which are chosen when it is loaded."""
    core = openvino_core()
    return {
        "openvino": load_openvino().get_version(),
        "cpu": core.get_property("CPU", "FULL_DEVICE_NAME"),
        "cpu_types": " ".join(sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))),
    }


def build_compiled(model: Any, folder: Path, precision: str) -> None:
    """Compile an openvino.Model and leave it in a folder. Raises EngineUnavailableError, OSError."""
    try:
        blob = openvino_core().compile_model(model, "CPU", compile_options(precision)).export_model().getvalue()
    except RuntimeError as error:
        reason = openvino_reason(error)
        raise EngineUnavailableError(f"engine openvino: the graph cannot be compiled: {reason}") from error
    (folder / BLOB_FILE).write_bytes(blob)


def load_compiled(folder: Path, precision: str) -> Any:
    """The openvino.CompiledModel in a folder. Raises StaleEntryError for one that cannot be used."""
    try:
        return openvino_core().import_model((folder / BLOB_FILE).read_bytes(), "CPU", compile_options(precision))
    except OSError as error:
        raise StaleEntryError(f"{BLOB_FILE} cannot be read: {error.strerror}") from error
    except RuntimeError as error:
        raise StaleEntryError(f"OpenVINO cannot load it: {openvino_reason(error)}") from error

"""What became of an engine while it ran."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class EngineHistory:
    """restarts: how often its process was started anew. changes: a line for each change of what runs, where or how."""

    restarts: int = 0
    changes: list[str] = field(default_factory=list)

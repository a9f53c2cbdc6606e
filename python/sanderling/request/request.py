"""One question on its way through the verbs: its constraints, its clock, and what the user should be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..filter import Filter
from ..records import Constraints
from ..request.history import History
from .handle import Handle
from .stopwatch import Stopwatch


@dataclass
class Request:
    """One question."""

    id: str
    query: str
    constraints: Constraints
    history: History
    filter: Filter | None = None
    """Notes it may be answered from; None: all."""
    generation: int = -1
    """Of the memory, before anything was looked for in it."""
    handle: Handle = field(default_factory=Handle)
    """What ends it."""
    watch: Stopwatch = field(default_factory=Stopwatch)
    warnings: list[str] = field(default_factory=list)

    def warn(self, text: str) -> None:
        """Note something the user should be told with the answer."""
        self.warnings.append(text)

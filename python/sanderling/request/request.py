"""One question while it is being answered, with its constraints, clock and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..filter import Filter
from ..records import Constraints
from .handle import Handle
from .history import History
from .stopwatch import Stopwatch


@dataclass
class Request:
    """One question, passed from stage to stage. All fields but the question have defaults."""

    query: str
    id: str = ""
    """The ``request_id`` of the answer; empty for a question that gets none, such as a search."""
    constraints: Constraints = field(default_factory=Constraints)
    history: History = field(default_factory=History)
    filter: Filter | None = None
    """The notes it may be answered from; None: all."""
    generation: int = -1
    """Generation of the memory before the search; -1: not read."""
    handle: Handle = field(default_factory=Handle)
    """Cancels the question."""
    watch: Stopwatch = field(default_factory=Stopwatch)
    warnings: list[str] = field(default_factory=list)

    def warn(self, text: str) -> None:
        """Add a warning, to be returned with the answer."""
        self.warnings.append(text)

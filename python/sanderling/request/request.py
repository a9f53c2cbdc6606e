"""A question being answered, with its constraints, clock and warnings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from .. import ranges
from ..constraints import Constraints
from ..departure import Departure
from ..filter import Filter
from ..records import Plan
from .handle import Handle
from .history import History
from .stopwatch import Stopwatch


@dataclass
class Request:
    """A question passed from stage to stage. All fields but the question have defaults."""

    query: str
    id: str = ""
    """The ``request_id`` of the answer; empty: no answer, as in a search."""
    constraints: Constraints = field(default_factory=Constraints)
    history: History = field(default_factory=History)
    filter: Filter | None = None
    """Filter for the notes to answer from; None: all notes."""
    json_schema: str = ""
    """JSON schema that the answer must follow; empty: none. It is already checked."""
    plan: Plan = "graph"
    """Plan with which the notes were searched."""
    generation: int = -1
    """Generation of the memory before the search; -1: not read."""
    handle: Handle = field(default_factory=Handle)
    """Handle that cancels the question."""
    watch: Stopwatch = field(default_factory=Stopwatch)
    warnings: list[str] = field(default_factory=list)
    experiment: str = ""
    """Live experiment and arm of this request, as ``NAME/ARM``; empty: none."""
    departures: list[Departure] = field(default_factory=list)
    """Records of what was sent to other machines so far."""

    @contextmanager
    def expecting(self, wait_ms: float) -> Iterator[None]:
        """During the block, reduce the budget by an expected wait of ``wait_ms``.

        The wait is taken from what remains of the budget now.
        """
        given = self.constraints
        left_ms = self.left_ms()
        if left_ms is not None:
            left_ms = max(left_ms - wait_ms, ranges.BUDGET_MS.low)
            self.constraints = msgspec.structs.replace(given, budget_ms=left_ms)
        try:
            yield
        finally:
            self.constraints = given

    def left_ms(self) -> float | None:
        """Return the rest of the budget in milliseconds; None: no budget. It is below 0 when the budget is spent."""
        budget_ms = self.constraints.budget_ms
        return None if budget_ms is None else budget_ms - self.watch.elapsed_ms()

    def warn(self, text: str) -> None:
        """Add a warning to the answer."""
        self.warnings.append(text)

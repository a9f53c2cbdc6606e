"""Learns by how much late answers miss their deadline.

Answers are then cut that much earlier. What follows the cut takes time too: the worker is left, the row is written, and
on a busy device each of these waits for a CPU.
"""

from __future__ import annotations

from collections import deque

KEPT = 8
RANK = 0.75
"""Share of the last late answers that an earlier cut would have saved."""
MOST = 0.2
"""Largest share of a budget that is set aside."""


class Lateness:
    """The delays of the last answers that ran out of time. From the moment when they were to be cut to their return."""

    def __init__(self) -> None:
        """Start without answers."""
        self._last_ms: deque[float] = deque(maxlen=KEPT)

    def reserve_ms(self, budget_ms: float) -> float:
        """Return the time to set aside from ``budget_ms``, in milliseconds. An answer is cut so much earlier."""
        known = sorted(self._last_ms)
        return min(known[int(RANK * (len(known) - 1))], MOST * budget_ms) if known else 0.0

    def note(self, late_ms: float) -> None:
        """Record the delay of an answer."""
        self._last_ms.append(max(0.0, late_ms))

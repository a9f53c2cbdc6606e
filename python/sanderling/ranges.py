"""What a number may be: one range for each kind of number, whoever brings it (``config.toml``, an option, a call).

The bounds keep a typing mistake from costing the machine (a million threads took 9 GB) and are far from what anybody
needs; they are no advice.
"""

from __future__ import annotations

import math
import os
from typing import NamedTuple


class Range(NamedTuple):
    """From ``low`` to ``high``, both included. ``whole``: without a fraction. Never nan, never infinite."""

    low: float
    high: float
    whole: bool = True
    unit: str = ""
    """Said behind the bounds, such as " days"."""

    @property
    def ends(self) -> tuple[float, float]:
        """Low and high, without a fraction where they have none."""
        low, high = (int(end) if end == int(end) else end for end in (self.low, self.high))
        return low, high

    def __str__(self) -> str:
        """Return the range as a sentence goes on after "must be"."""
        low, high = self.ends
        return f"a {'whole ' if self.whole else ''}number from {low:,} to {high:,}{self.unit}"

    def has(self, value: object) -> bool:
        """Whether a number lies in the range; whatever is no number does not."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            return False
        return self.low <= value <= self.high

    def check(self, name: str, value: object) -> None:
        """Raise ValueError, naming ``name``, the value and the range, for one that is outside; None is no value."""
        if value is not None and not self.has(value):
            raise ValueError(self.refusal(name, value))

    def refusal(self, name: str, value: object) -> str:
        """Say in one line why ``value`` cannot be taken."""
        # More digits than Python is willing to write, or than anybody reads.
        huge = isinstance(value, int) and value.bit_length() > 256
        shown = "a number of more than 70 digits" if huge else str(value)[:80]
        return f"{name} {shown}: must be {self}"

    def read(self, text: str) -> float | None:
        """Return the number that a text is, an int where the range is whole; None where it is none in the range."""
        try:
            value: float = int(text) if self.whole else float(text)
        except ValueError:
            return None
        return value if math.isfinite(value) and self.has(value) else None


THREADS = Range(1, max(16, 4 * (os.cpu_count() or 1)))
"""More than the processors only wait for one another; a few times as many is for who wants to measure that."""
SHARE = Range(0.0, 1.0, whole=False)
DAYS = Range(0.0, 36_500.0, whole=False, unit=" days")
DISK_BYTES = Range(0, 1 << 50, unit=" bytes")
RAM_BYTES = Range(0, 1 << 44, unit=" bytes")
STALL_S = Range(0.1, 86_400.0, whole=False, unit=" seconds")
QUEUE_S = Range(0.0, 86_400.0, whole=False, unit=" seconds")
BUDGET_MS = Range(1.0, 86_400_000.0, whole=False, unit=" milliseconds")
TEMPERATURE = Range(0.0, 5.0, whole=False)
TOKENS = Range(1, 1 << 20)
"""Of an answer or a context; no model here has more than a fraction of it."""
COUNT = Range(1, 10_000_000)
"""Questions, passages, rows: more than any collection here has."""
REPETITIONS = Range(1, 10_000)
SEED = Range(0, (1 << 32) - 1)
NEIGHBOURS = Range(1, 100_000)
"""Nodes to look for, beams, and nodes to weigh."""
HOPS = Range(0, 16)

"""Valid ranges of numeric settings, shared by ``config.toml``, command-line options and Python calls.

The bounds keep a typing mistake from exhausting the machine (a million threads took 9 GB). They lie far outside useful
values and are not recommendations.
"""

from __future__ import annotations

import math
import os
from typing import NamedTuple


class Range(NamedTuple):
    """A range of finite numbers from ``low`` to ``high``, both included. ``whole``: integers only."""

    low: float
    high: float
    whole: bool = True
    unit: str = ""
    """Text after the bounds in messages, such as " days"."""

    @property
    def ends(self) -> tuple[float, float]:
        """The two bounds, with whole numbers as ints."""
        low, high = (int(end) if end == int(end) else end for end in (self.low, self.high))
        return low, high

    def __str__(self) -> str:
        """Return the range in words, to follow "must be"."""
        low, high = self.ends
        return f"a {'whole ' if self.whole else ''}number from {low:,} to {high:,}{self.unit}"

    def has(self, value: object) -> bool:
        """Return whether ``value`` is a number in the range."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            return False
        return self.low <= value <= self.high

    def check(self, name: str, value: object) -> None:
        """Raise ValueError if ``value`` is outside the range.

        None passes. The message contains ``name``, the value and the range.
        """
        if value is not None and not self.has(value):
            raise ValueError(self.refusal(name, value))

    def refusal(self, name: str, value: object) -> str:
        """Return a one-line error message for the refused ``value``."""
        # More digits than Python is willing to write, or than anybody reads.
        huge = isinstance(value, int) and value.bit_length() > 256
        shown = "a number of more than 70 digits" if huge else str(value)[:80]
        return f"{name} {shown}: must be {self}"

    def read(self, text: str) -> float | None:
        """Parse a number, as an int if ``whole``; return None if it is invalid or out of range."""
        try:
            value: float = int(text) if self.whole else float(text)
        except ValueError:
            return None
        return value if math.isfinite(value) and self.has(value) else None


THREADS = Range(1, max(16, 4 * (os.cpu_count() or 1)))
"""Number of threads, up to four per processor. More than one per processor is of use for measurements only."""
SHARE = Range(0.0, 1.0, whole=False)
DAYS = Range(0.0, 36_500.0, whole=False, unit=" days")
DISK_BYTES = Range(0, 1 << 50, unit=" bytes")
RAM_BYTES = Range(0, 1 << 44, unit=" bytes")
STALL_S = Range(0.1, 86_400.0, whole=False, unit=" seconds")
QUEUE_S = Range(0.0, 86_400.0, whole=False, unit=" seconds")
IDLE_S = Range(1.0, 31_536_000.0, whole=False, unit=" seconds")
RATE = Range(0.1, 10_000.0, whole=False, unit=" per second")
PORT = Range(0, 65_535)
QUEUE = Range(0, 1024)
"""Number of waiting questions, each with a thread of its own."""
CONCURRENT = Range(1, 1024)
"""Number of questions asked of one server at once."""
PARAMETERS = Range(0, 1e14, whole=False)
PRICE = Range(0, 1e6, whole=False, unit=" a million tokens")
POLL_S = Range(0.1, 86_400.0, whole=False, unit=" seconds")
BUDGET_MS = Range(1.0, 86_400_000.0, whole=False, unit=" milliseconds")
TEMPERATURE = Range(0.0, 5.0, whole=False)
TOP_K = Range(0, 1 << 20)
REPEAT_PENALTY = Range(0.1, 10.0, whole=False)
TOKENS = Range(1, 1 << 20)
"""Length of an answer or a context. No supported model comes near the upper bound."""
COUNT = Range(1, 10_000_000)
"""Number of questions, chunks or rows."""
CONVERSATIONS = Range(0, 100_000)
LIKELIEST = Range(0, 20)
"""Number of likeliest tokens reported per token, at most OpenAI's maximum."""
RUNG = Range(1, 99)
"""Position on a ladder; routers know four."""
REPETITIONS = Range(1, 10_000)
SEED = Range(0, (1 << 32) - 1)
NEIGHBOURS = Range(1, 100_000)
"""Number of nodes to find or weigh, or a beam width."""
HOPS = Range(0, 16)
PROBES = Range(0, 1_000_000)
CLUSTERED = Range(1_000, 1_000_000_000, unit=" notes")
"""Number of notes from which an index is divided into clusters."""

MAX_QUERY_BYTES = 64 * 1024
"""Largest size of a question; a longer one is refused, not cut."""

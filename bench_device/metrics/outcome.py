"""What an interval says about a bound, and the bounds of the mission's two targets for the routed system."""

from __future__ import annotations

from typing import Literal

from .estimate import Estimate

Outcome = Literal["reached", "not shown", "missed"]

RATIO = 0.5
"""Largest ratio of the routed median to the naive one."""
REGRET = 0.1
"""Largest loss of quality against always-big, on the judge's scale of 1 to 5."""


def at_most(found: Estimate, limit: float) -> Outcome:
    """Judge a quantity that must be at most ``limit``.

    It is *reached* if the whole interval keeps to the limit, *missed* if none of it does, and otherwise *not shown*.
    """
    return "reached" if found.high <= limit else "missed" if found.low > limit else "not shown"

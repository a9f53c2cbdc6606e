"""Chooses whether the search for a question uses the graph's attention.

``direct`` or ``graph`` is chosen before the search, by the question's words alone. No learned choice would pay: over
eight ways of searching, the best one per question has at most .01 of R@5 more than the trained attention, and
``direct`` saves about a millisecond. It is chosen only where a millisecond counts, and where one note seems to be
enough. The router's package is not imported for it, because a question answered with a sentence needs none.
"""

from __future__ import annotations

from ..constraints import Constraints
from ..records import Plan
from ..text.questions import question

SAVED_MS = 1.1
"""Milliseconds that ``direct`` saves, one thread of an EPYC: station 2.15 to 1.08 (``bench_device/LOG.md``)."""
LEAST_SHARE = 0.012
"""Least share of the budget that must be saved. A whole budget is worth half of the quality
(:mod:`~sanderling.router.labels.settings`), and ``direct`` loses .01 of R@5 where one note is enough, which costs about
.006 of the quality."""
NAME = 0.35
"""Part of each name in :func:`notes_told`, as in the rule."""
ONE_NOTE = 1.0
"""Below it, :func:`notes_told` takes a question to need one note."""


def searched(query: str, constraints: Constraints, *, alone: bool = True) -> Plan:
    """Return how to search for ``query``: ``direct`` or ``graph``.

    ``alone`` False: it continues a conversation.
    """
    budget_ms = constraints.budget_ms
    hurried = budget_ms is not None and LEAST_SHARE * budget_ms <= SAVED_MS
    return "direct" if hurried and alone and notes_told(query) < ONE_NOTE else "graph"


def notes_told(query: str) -> float:
    """Return a score that grows with the number of notes that ``query`` seems to need.

    It is told from the words of ``query`` alone.
    """
    return min(question.multi_hop_cues(query), 2) + NAME * question.names(query)

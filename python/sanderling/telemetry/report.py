"""The few numbers ``sanderling log`` shows above the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from statistics import median

from ..records import Record
from .row import Row


class Summary(Record):
    """Over all rows given; all zero when there were none."""

    count: int
    median_total_ms: float
    share_llm: float
    """Part of all milliseconds that went into generation."""
    escalated: int
    cached: int
    """Answered by a kept answer."""
    routes: dict[str, int]
    """Requests per model, most used first."""


def summarise(rows: Iterable[Row]) -> Summary:
    """Count and add up, in one pass over the rows."""
    totals: list[float] = []
    llm = 0.0
    escalated = cached = 0
    models: Counter[str] = Counter()
    for row in rows:
        totals.append(row.latency_ms.total)
        llm += row.latency_ms.llm
        # A kept answer may be of a second try that was not made again.
        escalated += row.router_decision.escalated and not row.cached
        cached += row.cached
        models[row.router_decision.model_id] += 1
    spent = sum(totals)
    return Summary(
        count=len(totals),
        median_total_ms=median(totals) if totals else 0.0,
        share_llm=llm / spent if spent else 0.0,
        escalated=escalated,
        cached=cached,
        routes=dict(models.most_common()),
    )

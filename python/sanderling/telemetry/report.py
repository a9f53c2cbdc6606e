"""The summary that ``sanderling log`` prints above the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from statistics import median

from ..records import Record
from .row import Row


class Summary(Record):
    """Totals and averages of telemetry rows; all zero without rows.

    Times and models are those of the answered requests.
    """

    count: int
    median_total_ms: float
    share_llm: float
    """Share of the total time spent in the model."""
    escalated: int
    """Number of requests that a larger model answered after a first draft."""
    cached: int
    """Number of requests answered from the response cache."""
    routes: dict[str, int]
    """Number of requests by model, most used first."""
    failed: int = 0
    """Number of requests that failed after they were routed."""


def summarise(rows: Iterable[Row]) -> Summary:
    """Return the summary of ``rows``, computed in one pass."""
    totals: list[float] = []
    llm = 0.0
    escalated = cached = failed = 0
    models: Counter[str] = Counter()
    for row in rows:
        if row.error:
            failed += 1
            continue
        totals.append(row.latency_ms.total)
        llm += row.latency_ms.llm
        # A cached answer may come from an escalation that was not repeated.
        escalated += row.router_decision.escalated and not row.cached
        cached += row.cached
        models[row.router_decision.model_id] += 1
    spent = sum(totals)
    return Summary(
        count=len(totals) + failed,
        median_total_ms=median(totals) if totals else 0.0,
        share_llm=llm / spent if spent else 0.0,
        escalated=escalated,
        cached=cached,
        routes=dict(models.most_common()),
        failed=failed,
    )

"""Latency of one scenario: percentiles, shares of the stages, and success rate."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...records import Record
from ..metrics.percentiles import Percentiles, median_interval, percentiles, why_no_p99
from ..sensors.verdict import Verdict
from .scenarios import ScenarioRequest
from .stages import STAGES, stages_ms
from .target import Target, target


class Scenario(Record):
    """Results of one model in one scenario."""

    label: str
    synthetic: bool
    scenario: str
    n: int
    total_ms: Percentiles | None
    """End-to-end time of the answered requests; None: none was answered."""
    median_interval_ms: tuple[float, float] | None
    """Interval of the median with at least 95 per cent coverage, distribution-free; None below 6 requests."""
    note: str
    """Why there is no P99; empty when there is one."""
    shares: dict[str, float]
    """Share of each of :data:`~.stages.STAGES` in the summed time; they add up to 1."""
    answered: float
    found: float
    contains: float
    success: float
    """Share of requests that succeeded: answered, all gold notes shown, answer correct."""
    verdict: Verdict


def summarise(requests: Sequence[ScenarioRequest], synthetic: bool, verdict: Verdict) -> Scenario:
    """Summarise the requests of one model in one scenario. Raises ValueError without requests."""
    if not requests:
        raise ValueError("there are no requests to sum up")
    n = len(requests)
    answered = [request for request in requests if not request.error]
    totals = [request.timings_ms.total for request in answered]
    sums = dict.fromkeys(STAGES, 0.0)
    for request in answered:
        for stage, value in stages_ms(request.timings_ms).items():
            sums[stage] += value
    whole = math.fsum(sums.values())
    return Scenario(
        label=requests[0].label,
        synthetic=synthetic,
        scenario=requests[0].scenario,
        n=n,
        total_ms=percentiles(totals) if totals else None,
        median_interval_ms=median_interval(totals),
        note=why_no_p99(len(totals)),
        shares={stage: value / whole for stage, value in sums.items()} if whole else {},
        answered=len(answered) / n,
        found=sum(request.found for request in requests) / n,
        contains=sum(request.contains for request in requests) / n,
        success=sum(request.found and request.contains for request in answered) / n,
        verdict=verdict,
    )


def simple_target(scenario: Scenario, device_class: str) -> Target | None:
    """Judge the simple scenario by its target.

    The result is None for other scenarios, or if nothing was answered.
    """
    if scenario.scenario != "simple" or scenario.total_ms is None:
        return None
    return target(
        scenario.label,
        device_class,
        median_ms=scenario.total_ms.p50,
        interval_ms=scenario.median_interval_ms,
        shares=scenario.shares,
        verdict=scenario.verdict.name,
    )

"""Latency of one scenario: percentiles, shares of the stages, success rate, and the target for simple questions.

The targets are end-to-end medians: below 500 ms on tier A, laptops and larger, and below 800 ms on tier B, phones and
boards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from ...records import Record, Timings
from ..metrics.percentiles import Percentiles, median_interval, percentiles, why_no_p99
from ..sensors.verdict import Verdict
from .scenarios import ScenarioRequest

PARTS = ("LLM prefill", "LLM decode", "retrieval", "routing", "rest")
"""The parts of a request's time. ``rest`` is building the prompt, writing back, and time of no stage."""

TARGET_MS = {"A": 500.0, "B": 800.0}
TIERS: dict[str, Literal["A", "B"]] = {"server": "A", "laptop": "A", "phone": "B", "board": "B"}


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
    """Share of each of :data:`PARTS` in the summed time; they add up to 1."""
    answered: float
    found: float
    contains: float
    success: float
    """Share of requests that succeeded: answered, all gold notes shown, answer correct."""
    verdict: Verdict


class Target(Record):
    """The latency target for simple questions, on this device with one model."""

    label: str
    device_class: str
    tier: Literal["A", "B"]
    limit_ms: float
    median_ms: float
    interval_ms: tuple[float, float] | None
    reached: bool
    dominated_by: str
    dominating_share: float
    verdict: str

    @property
    def sentence(self) -> str:
        """Return a sentence that states whether the target was reached, with the measured latency."""
        sure = "" if self.interval_ms is None else f" [{self.interval_ms[0]:,.0f}, {self.interval_ms[1]:,.0f}]"
        unsure = self.interval_ms is not None and self.interval_ms[0] <= self.limit_ms <= self.interval_ms[1]
        return (
            f"{'reached' if self.reached else 'not reached'}: median {self.median_ms:,.0f} ms{sure} of"
            f" {self.limit_ms:,.0f} ms (tier {self.tier}, {self.device_class}) for simple queries with {self.label};"
            f" {self.dominated_by} took {self.dominating_share:.0%}"
            + ("; the limit lies within the interval" if unsure else "")
            + ("" if self.verdict == "VALID" else f"; the requests are {self.verdict}")
        )


def parts_ms(timings: Timings) -> dict[str, float]:
    """Return the milliseconds spent in each of :data:`PARTS` during one request."""
    prefill = min(timings.ttft, timings.llm)
    known = {
        "LLM prefill": prefill,
        "LLM decode": timings.llm - prefill,
        "retrieval": timings.embed + timings.retrieval,
        "routing": timings.router,
    }
    return {**known, "rest": max(0.0, timings.total - math.fsum(known.values()))}


def summarise(requests: Sequence[ScenarioRequest], synthetic: bool, verdict: Verdict) -> Scenario:
    """Summarise the requests of one model in one scenario. Raises ValueError without requests."""
    if not requests:
        raise ValueError("there are no requests to sum up")
    n = len(requests)
    answered = [request for request in requests if not request.error]
    totals = [request.timings_ms.total for request in answered]
    sums = dict.fromkeys(PARTS, 0.0)
    for request in answered:
        for part, value in parts_ms(request.timings_ms).items():
            sums[part] += value
    whole = math.fsum(sums.values())
    return Scenario(
        label=requests[0].label,
        synthetic=synthetic,
        scenario=requests[0].scenario,
        n=n,
        total_ms=percentiles(totals) if totals else None,
        median_interval_ms=median_interval(totals),
        note=why_no_p99(len(totals)),
        shares={part: value / whole for part, value in sums.items()} if whole else {},
        answered=len(answered) / n,
        found=sum(request.found for request in requests) / n,
        contains=sum(request.contains for request in requests) / n,
        success=sum(request.found and request.contains for request in answered) / n,
        verdict=verdict,
    )


def target(scenario: Scenario, device_class: str) -> Target | None:
    """Compare the simple scenario with its target; return None for other scenarios, or if nothing was answered."""
    if scenario.scenario != "simple" or scenario.total_ms is None:
        return None
    tier = TIERS[device_class]
    most = max(scenario.shares, key=lambda part: scenario.shares[part])
    return Target(
        label=scenario.label,
        device_class=device_class,
        tier=tier,
        limit_ms=TARGET_MS[tier],
        median_ms=scenario.total_ms.p50,
        interval_ms=scenario.median_interval_ms,
        reached=scenario.total_ms.p50 < TARGET_MS[tier],
        dominated_by=most,
        dominating_share=scenario.shares[most],
        verdict=scenario.verdict.name,
    )

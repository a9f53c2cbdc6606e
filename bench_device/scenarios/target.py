"""The latency targets for simple questions, which need one note, and whether a device meets its target.

The targets are end-to-end medians: below 500 ms on tier A, laptops and larger, and below 800 ms on tier B, phones and
boards. A target is judged only where it applies and where the requests can tell; what stood in the way is said.
"""

from __future__ import annotations

from typing import Literal

from ...records import Record

Tier = Literal["A", "B"]
Outcome = Literal["met", "missed", "not judged here"]

TARGET_MS: dict[Tier, float] = {"A": 500.0, "B": 800.0}
TIERS: dict[str, Tier] = {"server": "A", "laptop": "A", "phone": "B", "board": "B"}


class Target(Record):
    """The latency target for simple questions, on this device with one model."""

    label: str
    device_class: str
    tier: Tier
    limit_ms: float
    median_ms: float
    interval_ms: tuple[float, float] | None
    dominated_by: str
    dominating_share: float
    verdict: str
    outcome: Outcome = "not judged here"
    why: str = ""
    """Why it was not judged; empty if it was."""

    @property
    def sentence(self) -> str:
        """Return a sentence that says whether the target was met, and with which latency."""
        sure = "" if self.interval_ms is None else f" [{self.interval_ms[0]:,.0f}, {self.interval_ms[1]:,.0f}]"
        return (
            f"{self.outcome}{f' ({self.why})' if self.why else ''}: median {self.median_ms:,.0f} ms{sure} of"
            f" {self.limit_ms:,.0f} ms (tier {self.tier}, {self.device_class}) for simple queries with {self.label};"
            f" {self.dominated_by} took {self.dominating_share:.0%}"
            + ("" if self.verdict == "VALID" else f"; the requests are {self.verdict}")
        )


def target(
    label: str,
    device_class: str,
    *,
    median_ms: float,
    interval_ms: tuple[float, float] | None,
    shares: dict[str, float],
    verdict: str,
    tier: Tier | None = None,
) -> Target:
    """Judge the latency target on the median of one model's simple questions.

    ``interval_ms``: interval of the median; None: there were too few questions for one. ``shares``: share of each stage
    in the time. ``verdict``: whether something disturbed the requests. ``tier`` None: the tier of the device class. A
    disturbance only lengthens times, so a median below the limit counts all the same.
    """
    own_tier = TIERS[device_class]
    tier = tier or own_tier
    limit_ms = TARGET_MS[tier]
    why = ""
    if tier != own_tier:
        why = f"this device is a {device_class}, of tier {own_tier}"
    elif interval_ms is None:
        why = "too few questions"
    elif interval_ms[0] < limit_ms <= interval_ms[1]:
        why = "the limit lies within the interval: ask more questions"
    elif median_ms >= limit_ms and verdict != "VALID":
        why = "something disturbed the requests: measure again on a quiet device"
    most = max(shares, key=lambda stage: shares[stage])
    return Target(
        label=label,
        device_class=device_class,
        tier=tier,
        limit_ms=limit_ms,
        median_ms=median_ms,
        interval_ms=interval_ms,
        outcome="not judged here" if why else "met" if median_ms < limit_ms else "missed",
        why=why,
        dominated_by=most,
        dominating_share=shares[most],
        verdict=verdict,
    )

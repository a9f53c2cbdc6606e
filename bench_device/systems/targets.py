"""The mission's targets for the routed system, judged by intervals.

A target is *reached* if the whole interval is on its side, *missed* if none of it is, and otherwise *not shown*.
"""

from __future__ import annotations

from ...records import Record
from ..metrics.estimate import Estimate
from ..metrics.outcome import RATIO, REGRET, Outcome, at_most
from .paired import LEAST, Paired
from .system import BIGS, NAIVE

HALF_WIDTH = 0.15
"""Half-width of the regret's interval from which on its point estimate says too little."""


class TargetVerdict(Record):
    """The verdict on one target of the routed system."""

    target: str
    over: str
    outcome: Outcome
    why: str
    """The estimates on which it rests."""


def judged(pair: Paired) -> tuple[TargetVerdict, ...]:
    """Judge the targets for the systems of ``pair``.

    They are half the naive median at no lower quality, or the regret.
    """
    few = pair.n < LEAST or pair.latency_ratio is None
    if pair.over == NAIVE:
        ratio, quality = pair.latency_ratio, pair.quality
        sides = (at_most(ratio, RATIO) if ratio else "not shown", at_most(_negative(quality), 0.0))
        whole: Outcome = "missed" if "missed" in sides else "reached" if set(sides) == {"reached"} else "not shown"
        shown = "no ratio" if ratio is None else f"ratio of medians {_show(ratio)}: {sides[0]}"
        why = f"{shown}; quality {_show(quality, '+')}: {sides[1]}"
        return (
            TargetVerdict(
                target=f"median at most {RATIO:g} of the naive one, quality not lower",
                over=pair.over,
                outcome="not shown" if few else whole,
                why=why + "; too few questions" * few,
            ),
        )
    if pair.over not in BIGS:
        return ()
    regret = pair.regret
    half = (regret.high - regret.low) / 2
    point = "at most" if regret.mean <= REGRET else "above"
    width = "below" if half < HALF_WIDTH else "not below"
    return (
        TargetVerdict(
            target=f"regret at most {REGRET:g} of 5",
            over=pair.over,
            outcome="not shown" if few else at_most(regret, REGRET),
            why=f"regret {_show(regret, '+')}; by its point estimate {point} {REGRET:g}, half-width {half:.2f}, {width}"
            f" {HALF_WIDTH:g}" + "; too few questions" * few,
        ),
    )


def _negative(found: Estimate) -> Estimate:
    return Estimate(mean=-found.mean, low=-found.high, high=-found.low)


def _show(found: Estimate, sign: str = "") -> str:
    return f"{found.mean:{sign}.3f} [{found.low:{sign}.3f}, {found.high:{sign}.3f}]"

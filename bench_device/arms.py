"""Compares the arms of an experiment by their telemetry, for ``sanderling log --compare``.

Requests in two arms are other questions, so differences come with unpaired bootstrap intervals. Where both arms were
asked the same question, as over several users, those pairs are compared as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ..records import Record
from ..telemetry.row import Row
from .metrics.bootstrap import LEAST, RESAMPLES, Ratio, ratio
from .metrics.estimate import Estimate, estimate, show
from .metrics.percentiles import Percentiles, percentiles

GOOD = 4.0
"""Lowest rating, of 5, that counts as good."""


class ArmSummary(Record):
    """The requests of one arm. Times, answers and ratings are those of the answered requests."""

    arm: str
    count: int
    failed: int
    cached: int
    total_ms: Percentiles | None
    """None: none was answered."""
    share_llm: float
    escalated: float
    routers: dict[str, int]
    models: dict[str, int]
    rated: int
    rating: Estimate | None
    """Mean of the ratings, 1 to 5; None: nobody rated."""
    good: float | None
    """Share of the rated answers with 4 or 5."""
    declined: float | None
    """Share of the answers that say that the notes do not tell; None: no row says."""


class ArmsComparison(Record):
    """The comparison of arm ``b`` with arm ``a`` of one experiment."""

    experiment: str
    arms: tuple[ArmSummary, ...]
    latency_ratio: Ratio | None
    """Median of ``b`` divided by that of ``a``; None: an arm has fewer than five answers."""
    rating: Estimate | None
    declined: Estimate | None
    """Differences of the means, ``b`` minus ``a``, unpaired; None: an arm has fewer than five."""
    pairs: int
    """Number of questions that both arms were asked, in the same words."""
    paired_latency: Ratio | None
    paired_rating: Estimate | None

    def lines(self) -> list[str]:
        """Return the comparison as sentences."""
        said = []
        for arm in self.arms:
            times = "" if arm.total_ms is None else f", P50 {arm.total_ms.p50:,.0f} ms, P90 {arm.total_ms.p90:,.0f} ms"
            words = "" if arm.declined is None else f", {arm.declined:.0%} declined"
            rated = "" if arm.rating is None else f", {arm.rated} rated {show(arm.rating)}, {arm.good:.0%} good"
            said.append(
                f"{arm.arm}: {arm.count} requests, {arm.failed} failed, {arm.cached} from the response cache{times},"
                f" {arm.share_llm:.0%} of it generating, {arm.escalated:.0%} escalated{words}{rated};"
                f" router {_counts(arm.routers)}; {_counts(arm.models)}"
            )
        said.append(
            f"b beside a: latency {_ratio(self.latency_ratio)}; rating {_difference(self.rating)}; declined"
            f" {_difference(self.declined)}"
        )
        if self.pairs:
            said.append(
                f"the {self.pairs} questions asked in both: latency {_ratio(self.paired_latency)}; rating"
                f" {_difference(self.paired_rating)}"
            )
        return said


def compare_arms(rows: Iterable[Row], seed: int = 0) -> tuple[ArmsComparison, ...]:
    """Compare the arms of each experiment in ``rows``, earliest experiment first."""
    found: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        name, _, arm = row.experiment.rpartition("/")
        if name:
            found.setdefault(name, {"a": [], "b": []}).setdefault(arm, []).append(row)
    return tuple(_compared(name, arms["a"], arms["b"], seed) for name, arms in found.items())


def _compared(name: str, a: Sequence[Row], b: Sequence[Row], seed: int) -> ArmsComparison:
    times = [[row.latency_ms.total for row in rows if _timed(row)] for rows in (a, b)]
    both = _pairs(a, b)
    timed = [(one, other) for one, other in both if _timed(one) and _timed(other)]
    rated = [(x, y) for one, other in both if (x := _rating(one)) is not None and (y := _rating(other)) is not None]
    return ArmsComparison(
        experiment=name,
        arms=(_summary("a", a, seed), _summary("b", b, seed)),
        latency_ratio=_median_ratio(times[0], times[1], seed, paired=False),
        rating=_unpaired(a, b, _rating, seed),
        declined=_unpaired(a, b, _declined, seed),
        pairs=len(both),
        paired_latency=_median_ratio(
            [one.latency_ms.total for one, _ in timed],
            [other.latency_ms.total for _, other in timed],
            seed,
            paired=True,
        ),
        paired_rating=estimate([y - x for x, y in rated], seed) if len(rated) >= LEAST else None,
    )


def _summary(arm: str, rows: Sequence[Row], seed: int) -> ArmSummary:
    answered = [row for row in rows if not row.error]
    computed = [row for row in answered if _timed(row)]
    totals = [row.latency_ms.total for row in computed]
    ratings, refusals = _known(answered, _rating), _known(answered, _declined)
    spent = sum(totals)
    return ArmSummary(
        arm=arm,
        count=len(rows),
        failed=len(rows) - len(answered),
        cached=sum(row.cached for row in answered),
        total_ms=percentiles(totals) if totals else None,
        share_llm=sum(row.latency_ms.llm for row in computed) / spent if spent else 0.0,
        escalated=sum(row.router_decision.escalated for row in computed) / len(computed) if computed else 0.0,
        routers=_count(row.versions.router for row in answered),
        models=_count(row.router_decision.model_id for row in answered),
        rated=len(ratings),
        rating=estimate(ratings, seed) if ratings else None,
        good=sum(rating >= GOOD for rating in ratings) / len(ratings) if ratings else None,
        declined=sum(refusals) / len(refusals) if refusals else None,
    )


def _timed(row: Row) -> bool:
    """Whether a request's time is that of its route: an answer from the cache took none."""
    return not row.error and not row.cached and row.latency_ms.total > 0


def _rating(row: Row) -> float | None:
    return None if row.error or row.quality.judge_model else row.quality.score


def _declined(row: Row) -> float | None:
    return None if row.error or row.declined is None else float(row.declined)


def _known(rows: Sequence[Row], of: Callable[[Row], float | None]) -> list[float]:
    return [value for row in rows if (value := of(row)) is not None]


def _pairs(a: Sequence[Row], b: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Return the last asking of each question in either arm, for the questions that were asked in both."""
    first, second = (
        {row.query.casefold().strip(): row for row in rows if row.query and not row.error} for rows in (a, b)
    )
    return [(first[query], second[query]) for query in first if query in second]


def _median_ratio(a: Sequence[float], b: Sequence[float], seed: int, *, paired: bool) -> Ratio | None:
    return ratio(a, b, paired=paired, seed=seed, of="median") if min(len(a), len(b)) >= LEAST else None


def _unpaired(a: Sequence[Row], b: Sequence[Row], of: Callable[[Row], float | None], seed: int) -> Estimate | None:
    left, right = np.array(_known(a, of)), np.array(_known(b, of))
    if min(left.size, right.size) < LEAST:
        return None
    random = np.random.default_rng(seed)
    one, other = (side[random.integers(0, side.size, (RESAMPLES, side.size))].mean(axis=1) for side in (left, right))
    low, high = np.quantile(other - one, [0.025, 0.975])
    return Estimate(mean=float(right.mean() - left.mean()), low=float(low), high=float(high))


def _count(names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in found.items()) or "none"


def _ratio(found: Ratio | None) -> str:
    return (
        "too few answers" if found is None else f"{found.ratio:.2f} [{found.low:.2f}, {found.high:.2f}] of a's median"
    )


def _difference(found: Estimate | None) -> str:
    return "too few" if found is None else show(found, "+.2f")

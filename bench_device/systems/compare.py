"""Compares systems over the questions that all of them were asked.

Differences are paired by question, with bootstrap intervals.

Both targets of the mission are judged by intervals: a target is *reached* if the whole interval is on its side,
*missed* if none of it is, and otherwise *not shown*.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from ...records import Record
from ...router.training.examples import Floats
from ..metrics.estimate import Estimate
from ..metrics.percentiles import Percentiles, median_interval, percentiles
from ..policies.metrics import SCALE
from ..policies.resample import Resampling
from ..scenarios.scenarios import SCENARIOS
from .row import SystemRow
from .system import BIG, BIGS, MID, NAIVE, ROUTED

Outcome = Literal["reached", "not shown", "missed"]

HALF = 0.5
"""Largest ratio of the routed median to the naive one."""
REGRET = 0.1
"""Largest loss of quality against always-big, on the judge's scale of 1 to 5."""
HALF_WIDTH = 0.15
"""Half-width of the regret's interval above which its point estimate says too little."""
LEAST = 6
"""Fewest questions from which a target is judged; below, the interval of a median does not exist."""
MEASURES = ("em", "f1", "contains", "quality")


class Standing(Record):
    """Results of one system over some questions."""

    system: str
    n: int
    failed: int
    total_ms: Percentiles | None
    """End-to-end time of the answered questions; None: none was answered."""
    median_interval_ms: tuple[float, float] | None
    mean_ms: float
    llm_ms: float
    """Median time of the models."""
    rest_ms: float
    """Median of everything else."""
    success: float
    found: float
    """Share of questions whose needed notes were all in the prompt."""
    em: float
    f1: float
    contains: float
    declined: float
    quality: float
    escalated: float
    not_sure: float
    """Share of answers that the verifier did not bear out."""
    drafts: float
    computed_tokens: float
    tflop: float
    """Mean work of one question, in 10^12 operations."""


class RouteShare(Record):
    """How often one system took one route."""

    system: str
    model_id: str
    context_tokens: int
    escalated_from: str
    n: int
    share: float


class Paired(Record):
    """Differences of one system from another on the same questions."""

    system: str
    over: str
    n: int
    em: Estimate
    f1: Estimate
    contains: Estimate
    quality: Estimate
    regret: Estimate
    """Quality of ``over`` minus quality of ``system``, on the scale from 1 to 5."""
    latency_ratio: Estimate | None
    """Median latency of ``system`` relative to that of ``over``; None: too few answers."""
    cpu_ratio: Estimate | None
    """The same of the models' processor time; None: too few answers, or an engine that does not report it."""
    work_ratio: float | None
    """Parameters times tokens of ``system`` relative to those of ``over``."""


class TargetVerdict(Record):
    """The verdict on one target of the routed system."""

    target: str
    over: str
    outcome: Outcome
    why: str
    """The estimates on which it rests."""


class Group(Record):
    """Results of all systems over one group of questions.

    A group has one set, one number of notes, or one kind.
    """

    name: str
    n: int
    standings: tuple[Standing, ...]


class PerfectGate(Record):
    """Results of an ideal gate between *mid* and *big*.

    It has *big* answer again exactly where that is better than the draft by *mid*. Computed from both systems'
    measured answers, not measured.
    """

    latency_ratio: Estimate
    """Median relative to the naive one."""
    regret: Estimate
    kept: float
    """Share of drafts kept."""


class Comparison(Record):
    """The comparison of all systems."""

    questions: int
    """Number of questions that every system was asked, apart from systems that are asked only some."""
    incomplete: int
    """Number of questions left out, because some system was not asked yet."""
    seed: int
    standings: tuple[Standing, ...]
    groups: tuple[Group, ...]
    routes: tuple[RouteShare, ...]
    paired: tuple[Paired, ...]
    verdicts: tuple[TargetVerdict, ...]
    gate: PerfectGate | None
    rows: tuple[SystemRow, ...]


Rows = dict[str, list[SystemRow]]
"""Rows by system."""


def compared(rows: Sequence[SystemRow], names: Sequence[str], seed: int, sampled: Sequence[str] = ()) -> Comparison:
    """Compare the systems ``names`` by the questions that all of them were asked.

    ``sampled``: systems that are asked only some of the questions. They stand over those, and so do their differences.
    """
    by_question: dict[str, dict[str, SystemRow]] = {}
    for row in rows:
        by_question.setdefault(row.question, {})[row.system] = row
    needed = [name for name in names if name not in sampled] or list(names)
    complete = [each for each in by_question.values() if all(name in each for name in needed)]
    by_system = {name: [each[name] for each in complete if name in each] for name in names}
    pairs = []
    for over in (NAIVE, *BIGS):
        for name in names:
            both = [each for each in complete if name in each and over in each]
            if name != over and both:
                pairs.append(paired([each[name] for each in both], [each[over] for each in both], seed))
    return Comparison(
        questions=len(complete),
        incomplete=len(by_question) - len(complete),
        seed=seed,
        standings=tuple(standing(members) for members in by_system.values() if members),
        groups=tuple(_groups(by_system)),
        routes=tuple(share for members in by_system.values() if members for share in _routes(members)),
        paired=tuple(pairs),
        verdicts=tuple(verdict for pair in pairs if pair.system == ROUTED for verdict in judged(pair)),
        gate=_gate(complete, seed),
        rows=tuple(rows),
    )


def standing(rows: Sequence[SystemRow]) -> Standing:
    """Summarise the rows of one system. Raises ValueError without rows."""
    answered = [row for row in rows if not row.error]
    totals = [row.timings_ms.total for row in answered]

    def mean(of: Callable[[SystemRow], float], over: Sequence[SystemRow] = rows) -> float:
        return float(np.mean([of(row) for row in over])) if over else 0.0

    return Standing(
        system=rows[0].system,
        n=len(rows),
        failed=len(rows) - len(answered),
        total_ms=percentiles(totals) if totals else None,
        median_interval_ms=median_interval(totals),
        mean_ms=float(np.mean(totals)) if totals else 0.0,
        llm_ms=float(np.median([row.timings_ms.llm for row in answered])) if answered else 0.0,
        rest_ms=float(np.median([row.timings_ms.total - row.timings_ms.llm for row in answered])) if answered else 0.0,
        success=mean(lambda row: row.success),
        found=mean(lambda row: row.found),
        em=mean(lambda row: row.em),
        f1=mean(lambda row: row.f1),
        contains=mean(lambda row: row.contains),
        declined=mean(lambda row: row.declined),
        quality=mean(lambda row: row.quality),
        escalated=mean(lambda row: bool(row.route and row.route.escalated_from)),
        not_sure=mean(lambda row: row.verdict == "not_sure"),
        drafts=mean(lambda row: row.drafts),
        computed_tokens=mean(lambda row: row.computed_tokens),
        tflop=mean(lambda row: row.tflop),
    )


def paired(rows: Sequence[SystemRow], over: Sequence[SystemRow], seed: int) -> Paired:
    """Return the values of the system of ``rows`` relative to those of the system of ``over``.

    Both answered the same questions in the same order. A failed answer scores 0, and its question is left out of
    the latencies. Raises ValueError without rows.
    """
    draws = Resampling(np.arange(len(rows)), seed)
    differences = {measure: draws.mean(_values(rows, measure) - _values(over, measure)) for measure in MEASURES}
    both = [(mine, its) for mine, its in zip(rows, over, strict=True) if not mine.error and not its.error]
    spent = sum(row.tflop for row in over)
    return Paired(
        system=rows[0].system,
        over=over[0].system,
        n=len(rows),
        **differences,
        regret=draws.mean(SCALE * (_values(over, "quality") - _values(rows, "quality"))),
        latency_ratio=_ratio(both, lambda row: row.timings_ms.total, seed),
        cpu_ratio=_ratio(both, lambda row: row.cpu_ms, seed),
        work_ratio=sum(row.tflop for row in rows) / spent if spent else None,
    )


def _ratio(both: Sequence[tuple[SystemRow, SystemRow]], of: Callable[[SystemRow], float], seed: int) -> Estimate | None:
    if len(both) < LEAST or min(of(row) for pair in both for row in pair) <= 0:
        return None
    mine, its = (np.array([of(pair[side]) for pair in both]) for side in (0, 1))
    return Resampling(np.arange(len(both)), seed).ratio_of_medians(mine, its)


def judged(pair: Paired) -> tuple[TargetVerdict, ...]:
    """Judge the targets for the systems of ``pair``.

    They are half the naive median at no lower quality, or the regret.
    """
    few = pair.n < LEAST or pair.latency_ratio is None
    if pair.over == NAIVE:
        ratio, quality = pair.latency_ratio, pair.quality
        sides = (_outcome(ratio, HALF) if ratio else "not shown", _outcome(_negative(quality), 0.0))
        whole: Outcome = "missed" if "missed" in sides else "reached" if set(sides) == {"reached"} else "not shown"
        shown = "no ratio" if ratio is None else f"ratio of medians {_show(ratio)}: {sides[0]}"
        why = f"{shown}; quality {_show(quality, '+')}: {sides[1]}"
        return (
            TargetVerdict(
                target=f"median at most {HALF:g} of the naive one, quality not lower",
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
            outcome="not shown" if few else _outcome(regret, REGRET),
            why=f"regret {_show(regret, '+')}; by its point estimate {point} {REGRET:g}, half-width {half:.2f}, {width}"
            f" {HALF_WIDTH:g}" + "; too few questions" * few,
        ),
    )


def _outcome(found: Estimate, limit: float) -> Outcome:
    """Judge a quantity that must be at most ``limit``."""
    return "reached" if found.high <= limit else "missed" if found.low > limit else "not shown"


def _negative(found: Estimate) -> Estimate:
    return Estimate(mean=-found.mean, low=-found.high, high=-found.low)


def _show(found: Estimate, sign: str = "") -> str:
    return f"{found.mean:{sign}.3f} [{found.low:{sign}.3f}, {found.high:{sign}.3f}]"


def _values(rows: Sequence[SystemRow], measure: str) -> Floats:
    found: Floats = np.array([getattr(row, measure) for row in rows], dtype=np.float64)
    return found


def _groups(by_system: Rows) -> list[Group]:
    first = max(by_system.values(), key=len, default=[])
    tests: list[tuple[str, Callable[[SystemRow], bool]]] = [
        *((name, _of_scenario(number)) for number, name in enumerate(SCENARIOS)),
        ("unanswerable", lambda row: not row.answerable),
        ("yes or no", lambda row: row.yes_no),
        ("neither", lambda row: row.answerable and not row.yes_no),
        *((name, _of_set(name)) for name in dict.fromkeys(row.set for row in first)),
    ]
    found = []
    for name, belongs in tests:
        members = [[row for row in rows if belongs(row)] for rows in by_system.values()]
        if count := max(map(len, members), default=0):
            found.append(Group(name=name, n=count, standings=tuple(standing(each) for each in members if each)))
    return found


def _of_scenario(number: int) -> Callable[[SystemRow], bool]:
    return lambda row: row.answerable and min(max(row.hops, 1), len(SCENARIOS)) - 1 == number


def _of_set(name: str) -> Callable[[SystemRow], bool]:
    return lambda row: row.set == name


def _routes(rows: Sequence[SystemRow]) -> list[RouteShare]:
    taken = Counter(
        (row.route.model_id, row.route.context_tokens, row.route.escalated_from) for row in rows if row.route
    )
    return [
        RouteShare(
            system=rows[0].system,
            model_id=model,
            context_tokens=tokens,
            escalated_from=before,
            n=n,
            share=n / len(rows),
        )
        for (model, tokens, before), n in taken.most_common()
    ]


def _gate(complete: Sequence[Mapping[str, SystemRow]], seed: int) -> PerfectGate | None:
    whole = [
        [each[name] for name in (NAIVE, MID, BIG)]
        for each in complete
        if all(name in each and not each[name].error for name in (NAIVE, MID, BIG))
    ]
    if len(whole) < LEAST:
        return None
    naive, mid, big = (np.array([each[at].timings_ms.total for each in whole]) for at in range(3))
    of_mid, of_big = (np.array([each[at].quality for each in whole]) for at in (1, 2))
    kept = of_mid >= of_big
    draws = Resampling(np.arange(len(whole)), seed)
    return PerfectGate(
        latency_ratio=draws.ratio_of_medians(np.where(kept, mid, mid + big), naive),
        regret=draws.mean(SCALE * (of_big - np.maximum(of_mid, of_big))),
        kept=float(kept.mean()),
    )

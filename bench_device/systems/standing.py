"""Results of the systems: over all questions, over groups of them, and by route."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ...records import Record
from ..metrics.percentiles import Percentiles, median_interval, percentiles
from ..scenarios.scenarios import SCENARIOS
from .row import SystemRow


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


class Group(Record):
    """Results of all systems over one group of questions.

    A group has one set, one number of notes, or one kind.
    """

    name: str
    n: int
    standings: tuple[Standing, ...]


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


def groups(by_system: Mapping[str, Sequence[SystemRow]]) -> list[Group]:
    """Return the results by scenario, by kind of answer and by set."""
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


def routes(rows: Sequence[SystemRow]) -> list[RouteShare]:
    """Return how often a system took each route, most often first."""
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

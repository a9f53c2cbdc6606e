"""Compares systems over the questions that all of them were asked.

Differences are paired by question, with bootstrap intervals.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Record
from .gate import PerfectGate, gates
from .paired import Paired, paired
from .row import SystemRow
from .standing import Group, RouteShare, Standing, groups, routes, standing
from .system import BIGS, NAIVE, ROUTED
from .targets import TargetVerdict, judged
from .verified import Verified, verified


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
    gates: tuple[PerfectGate, ...]
    verified: tuple[Verified, ...]
    rows: tuple[SystemRow, ...]


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
        groups=tuple(groups(by_system)),
        routes=tuple(share for members in by_system.values() if members for share in routes(members)),
        paired=tuple(pairs),
        verdicts=tuple(verdict for pair in pairs if pair.system == ROUTED for verdict in judged(pair)),
        gates=gates(complete, seed),
        verified=verified(by_system, seed),
        rows=tuple(rows),
    )

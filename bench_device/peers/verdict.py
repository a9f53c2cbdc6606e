"""Judges whether Sanderling is better than each peer in F1, in the time of an answer and in peak memory.

As elsewhere, an aim is *reached* if the whole 95 % interval keeps to it, *missed* if none of it does, and otherwise
*not shown*. Memory has one figure for each set and no interval: the aim is reached if ours is smaller on every set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...records import Record
from ..answers.evaluate import table
from ..metrics.estimate import Estimate, show
from ..metrics.outcome import Outcome
from .catalogue import OURS
from .row import Cost
from .standing import LEAST, Standing

SOONER = 2.0
"""How many times sooner the median answer of ours should be there."""


class PeerVerdict(Record):
    """The verdict on one aim, in comparison with one peer."""

    peer: str
    aim: str
    outcome: Outcome
    why: str


def verdicts(standings: Sequence[Standing], costs: Sequence[Cost]) -> tuple[PeerVerdict, ...]:
    """Judge every aim in comparison with each peer. An aim without questions or costs is left out."""
    return tuple(verdict for peer in _others(standings) for verdict in _of_peer(peer, standings, costs))


def shown(found: Sequence[PeerVerdict]) -> str:
    """Return the verdicts as a table."""
    return table(
        ["beside", "aim", "verdict", "figure"], [[each.peer, each.aim, each.outcome, each.why] for each in found]
    )


def _others(standings: Sequence[Standing]) -> list[str]:
    return list(dict.fromkeys(each.peer for each in standings if each.peer != OURS))


def _of_peer(peer: str, standings: Sequence[Standing], costs: Sequence[Cost]) -> Iterator[PeerVerdict]:
    by_hops = {each.hops: each for each in standings if each.peer == peer}
    if several := by_hops.get("2+"):
        yield _judged(several, "F1 higher, several notes", several.f1_gain, 0.0, strict=True)
    if one := by_hops.get("1"):
        yield _judged(one, "F1 not lower, one note", one.f1_gain, 0.0)
    if whole := by_hops.get("all"):
        yield _judged(whole, f"median answer at least {SOONER:g} times sooner", whole.sooner, SOONER)
    peaks = {each.set: each.peak_rss_bytes for each in costs if each.peer == OURS}
    shares = [peaks[each.set] / each.peak_rss_bytes for each in costs if each.peer == peer and each.set in peaks]
    if shares:
        figure = f"{min(shares):.2f} to {max(shares):.2f} of its" if len(shares) > 1 else f"{shares[0]:.2f} of its"
        yield PeerVerdict(
            peer=peer,
            aim="peak RSS lower",
            outcome="reached" if max(shares) < 1 else "missed",
            why=figure,
        )


def _judged(standing: Standing, aim: str, found: Estimate | None, limit: float, strict: bool = False) -> PeerVerdict:
    """Judge a quantity that must be at least ``limit``, or with ``strict`` above it."""
    outcome: Outcome = "not shown"
    if found is not None and standing.n >= LEAST:
        if found.low > limit or (found.low == limit and not strict):
            outcome = "reached"
        elif found.high < limit or (found.high == limit and strict):
            outcome = "missed"
    few = "" if standing.n >= LEAST else "; too few questions"
    return PeerVerdict(
        peer=standing.peer,
        aim=aim,
        outcome=outcome,
        why=f"{show(found, '+.3f' if limit == 0 else '.2f') or 'no figure'}, n {standing.n}{few}",
    )

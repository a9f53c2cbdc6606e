"""Notes that are about one thing: each drawn around the note with the most neighbours of the same topic."""

from __future__ import annotations

from ..store.store import Store
from ..store.summaries import summarised, topic_edges

LEAST = 4
"""Notes; of fewer a summary is no shorter than reading them."""
MOST = 12
"""Notes, so that the beginning of each fits one prompt."""
DENSITY = 0.5
"""Share of the possible pairs that must be tied, so that it is one topic and not a chain from one to the next."""


def clusters(store: Store) -> list[tuple[int, ...]]:
    """Return the keys of dense clusters by ``same_topic`` edges, largest first, none in two of them.

    The node in the middle comes first. Clusters of which summaries cite half or more are left out, and so are summaries
    themselves.
    """
    with store.read():
        rows, done = topic_edges(store), summarised(store)
    weights: dict[int, dict[int, float]] = {}
    for src, dst, weight in rows:
        for one, other in ((src, dst), (dst, src)):
            near = weights.setdefault(one, {})
            near[other] = max(near.get(other, 0.0), weight)
    found: list[tuple[int, ...]] = []
    taken: set[int] = set()
    for middle in sorted(weights, key=lambda key: (-len(weights[key]), key)):
        if middle in taken:
            continue
        free = [key for key in weights[middle] if key not in taken]
        members = (middle, *sorted(free, key=lambda key: (-weights[middle][key], key))[: MOST - 1])
        if len(members) < LEAST or _density(members, weights) < DENSITY:
            continue
        taken.update(members)
        if 2 * len(done & set(members)) < len(members):
            found.append(members)
    return sorted(found, key=lambda members: (-len(members), members))


def _density(members: tuple[int, ...], weights: dict[int, dict[int, float]]) -> float:
    tied = sum(other in weights[one] for at, one in enumerate(members) for other in members[at + 1 :])
    return 2 * tied / (len(members) * (len(members) - 1))

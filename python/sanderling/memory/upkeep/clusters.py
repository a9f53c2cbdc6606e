"""Find clusters of notes on one topic. Each surrounds the note with the most neighbours on that topic."""

from __future__ import annotations

from ..store.store import Store
from ..store.summaries import summarised, topic_edges

LEAST = 4
"""Fewest notes of a cluster. A summary of fewer is no shorter than the notes."""
MOST = 12
"""Largest number of notes in a cluster, so that the beginning of each fits one prompt."""
DENSITY = 0.5
"""Least share of a cluster's note pairs that must be linked. Below this a cluster may be a chain of topics."""


def clusters(store: Store) -> list[tuple[int, ...]]:
    """Return clusters of notes densely linked by ``same_topic`` edges, largest first. Each is a tuple of keys.

    The central node comes first in each, and no node is in two. Summaries are left out, and so are clusters of which
    existing summaries cite half or more.
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

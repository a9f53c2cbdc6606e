"""Documents that a question names in, the nodes that stand for them and the nodes that they cite out."""

from __future__ import annotations

from collections.abc import Mapping

from ..._core import KeySet
from ..store.citations import citations, first_nodes_of
from ..store.store import Store


def first_nodes(store: Store, named: Mapping[int, float], allowed: KeySet | None, limit: int) -> dict[int, float]:
    """Return where the documents begin, with the weights of their mentions, heaviest first."""
    if not named:
        return {}
    rows = first_nodes_of(store, named)
    return _best({key: named[document] for key, document in rows if passes(key, allowed)}, limit)


def cited(store: Store, named: Mapping[int, float], allowed: KeySet | None, limit: int) -> dict[int, float]:
    """Return what any node of the documents cites: weight of the edge times that of the mention, the best of each."""
    if not named:
        return {}
    found: dict[int, float] = {}
    for src, dst, weight, document in citations(store, named):
        if passes(src, allowed) and passes(dst, allowed):
            found[dst] = max(found.get(dst, 0.0), weight * named[document])
    return _best(found, limit)


def passes(key: int, allowed: KeySet | None) -> bool:
    """Whether ``key`` may be found. ``allowed`` None: any may."""
    return allowed is None or key in allowed


def _best(weighed: Mapping[int, float], limit: int) -> dict[int, float]:
    """Return the ``limit`` heaviest; of equal ones the oldest."""
    return dict(sorted(weighed.items(), key=lambda item: (-item[1], item[0]))[:limit])

"""Look up the first nodes of the documents that a question names, and the nodes cited by these documents."""

from __future__ import annotations

from collections.abc import Mapping

from ..._core import KeySet
from ..store.citations import citations, first_nodes_of
from ..store.store import Store


def first_nodes(store: Store, named: Mapping[int, float], allowed: KeySet | None, limit: int) -> dict[int, float]:
    """Return the first node of each named document, weighted as the document, heaviest first.

    ``named``: documents with the weights of their mentions. ``allowed``: the only nodes to return; None: all.
    ``limit``: the most nodes to return.
    """
    if not named:
        return {}
    rows = first_nodes_of(store, named)
    return _best({key: named[document] for key, document in rows if passes(key, allowed)}, limit)


def cited(store: Store, named: Mapping[int, float], allowed: KeySet | None, limit: int) -> dict[int, float]:
    """Return the nodes that the named documents cite, each with a weight, heaviest first.

    The weight of a node is the largest product of an edge's weight and a mention's weight. For the parameters see
    :func:`first_nodes`; edges count only if both ends are allowed.
    """
    if not named:
        return {}
    found: dict[int, float] = {}
    for src, dst, weight, document in citations(store, named):
        if passes(src, allowed) and passes(dst, allowed):
            found[dst] = max(found.get(dst, 0.0), weight * named[document])
    return _best(found, limit)


def passes(key: int, allowed: KeySet | None) -> bool:
    """Whether ``key`` is in ``allowed``; None allows every key."""
    return allowed is None or key in allowed


def _best(weighed: Mapping[int, float], limit: int) -> dict[int, float]:
    """Return the ``limit`` heaviest nodes with their weights; of equals, the older first."""
    return dict(sorted(weighed.items(), key=lambda item: (-item[1], item[0]))[:limit])

"""Documents that a question names in, the nodes that stand for them and the nodes that they cite out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ..._core import KeySet
from ..store.schema import RELATIONS
from ..store.store import Store


def first_nodes(store: Store, named: Mapping[int, float], allowed: KeySet | None, limit: int) -> dict[int, float]:
    """Return where the documents begin, with the weights of their mentions, heaviest first."""
    if not named:
        return {}
    rows = store.database.execute(
        "SELECT key, document FROM node WHERE position = 0 AND document IN (SELECT value FROM json_each(?))",
        (json(named),),
    )
    return _best({key: named[document] for key, document in rows if passes(key, allowed)}, limit)


def cited(store: Store, named: Mapping[int, float], allowed: KeySet | None, limit: int) -> dict[int, float]:
    """Return what any node of the documents cites: weight of the edge times that of the mention, the best of each."""
    if not named:
        return {}
    rows = store.database.execute(
        "SELECT e.src, e.dst, e.weight, n.document FROM node n JOIN edge e ON e.src = n.key "
        "WHERE e.rel = ? AND n.document IN (SELECT value FROM json_each(?))",
        (RELATIONS["cites"], json(named)),
    )
    found: dict[int, float] = {}
    for src, dst, weight, document in rows:
        if passes(src, allowed) and passes(dst, allowed):
            found[dst] = max(found.get(dst, 0.0), weight * named[document])
    return _best(found, limit)


def passes(key: int, allowed: KeySet | None) -> bool:
    """Whether ``key`` may be found. ``allowed`` None: any may."""
    return allowed is None or key in allowed


def json(keys: Iterable[int]) -> str:
    """Return ``keys`` for SQLite's json_each, which takes any number of them as one value."""
    return msgspec.json.encode(list(keys)).decode()


def _best(weighed: Mapping[int, float], limit: int) -> dict[int, float]:
    """Return the ``limit`` heaviest; of equal ones the oldest."""
    return dict(sorted(weighed.items(), key=lambda item: (-item[1], item[0]))[:limit])

"""Look up the nodes that summaries cite, and the ``same_topic`` edges."""

from __future__ import annotations

from .schema import RELATIONS
from .store import Store


def topic_edges(store: Store) -> list[tuple[int, int, float]]:
    """Return (src, dst, weight) of each ``same_topic`` edge that touches no summary."""
    return store.database.execute(
        "SELECT e.src, e.dst, e.weight FROM edge e JOIN node a ON a.key = e.src JOIN node b ON b.key = e.dst "
        "WHERE e.rel = ? AND e.src <> e.dst AND a.type <> 'summary' AND b.type <> 'summary'",
        (RELATIONS["same_topic"],),
    )


def summarised(store: Store) -> set[int]:
    """Return the keys of the nodes that a summary cites."""
    rows = store.database.execute(
        "SELECT DISTINCT e.dst FROM edge e JOIN node n ON n.key = e.src WHERE n.type = 'summary' AND e.rel = ?",
        (RELATIONS["cites"],),
    )
    return {key for (key,) in rows}

"""Limit each node to 64 edges by deleting the weakest. Incoming and outgoing edges count together.

Attention reads 256 nodes within two hops. A node that everything mentions would fill them with whatever comes first,
and cost more at each answer that cites it. So every transaction that adds edges ends by dropping, at the nodes it
changed, the edges beyond the budget with the lowest

    weight × confidence × 2^(-age / half-life)

Weight is how strongly the two nodes belong together (cosine, share of attention, 1/n for a title of n documents),
confidence how likely that is true, so their product is the expected worth of the edge. An edge is drawn again when its
text changes, so its age is the time since the last check. Halving with age, rather than a limit, lets a strong old edge
outlive a weak new one: after half a year a certain citation counts as much as a new edge of 0.5, about the least that a
new ``same_topic`` edge has. The half-life is chosen, not measured, until answers have been rated over as long a time.

Two kinds are dropped last, whatever their score: ``follows`` edges, which keep a text readable in order (a node has two
at most), and before them edges that a user drew. The time is linear in the edges at the changed nodes, except for
sorting those of the nodes over budget.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from .database import Database
from .schema import RELATIONS

DEGREE_BUDGET = 64
HALF_LIFE_DAYS = 180.0

# An edge without a readable time is as old as can be; one from the future, due to a wrong clock, is new.
AGE_DAYS = "max(0, julianday('now') - coalesce(julianday(timestamp), 0))"

_FULL = """
SELECT value, (SELECT count(*) FROM edge WHERE src = value) + (SELECT count(*) FROM edge WHERE dst = value)
    - (SELECT count(*) FROM edge WHERE src = value AND dst = value) AS degree
FROM json_each(?) WHERE degree > ?
"""
_EDGES = f"SELECT key, src, dst, rel, created_by, weight * confidence, {AGE_DAYS} FROM edge WHERE"


def trim(database: Database, nodes: Collection[int], budget: int = DEGREE_BUDGET) -> list[int]:
    """Delete the weakest edges of ``nodes`` beyond ``budget`` per node; return the deleted edges' keys.

    Only inside a writing transaction.
    """
    if not nodes:
        return []
    full = dict(database.execute(_FULL, (msgspec.json.encode(sorted(nodes)).decode(), budget)))
    if not full:
        return []
    listed = msgspec.json.encode(list(full)).decode()
    rows = database.execute(
        f"{_EDGES} src IN (SELECT value FROM json_each(?1)) UNION "
        f"{_EDGES} dst IN (SELECT value FROM json_each(?1)) ORDER BY key",
        (listed,),
    )
    ranked = sorted(
        (rel == RELATIONS["follows"], creator == "user", worth * 0.5 ** (age_days / HALF_LIFE_DAYS), key, {src, dst})
        for key, src, dst, rel, creator, worth, age_days in rows
    )
    gone: list[int] = []
    # From the weakest on: an edge between two full nodes counts for both, and one that was kept need not be checked
    # again, since degrees only fall.
    for *_, key, ends in ranked:
        over = [end for end in ends if full.get(end, 0) > budget]
        if over:
            gone.append(key)
            for end in ends & full.keys():
                full[end] -= 1
    database.run_many("DELETE FROM edge WHERE key = ?", [(key,) for key in gone])
    return gone

"""At most 64 edges at a node, in and out together; where there are more, the least go.

Attention looks at 256 nodes within two hops. A node that everything mentions would fill them with whatever comes first,
and cost more at each answer that cites it. So every transaction that draws edges ends by dropping, at the nodes it
touched, what is beyond the budget: those of the lowest

    weight × confidence × 2^(-age / half-life)

Weight is how strongly the two belong together as far as whoever drew the edge could tell (cosine, share of attention,
1/n for a title that n documents bear), confidence how sure they were of it, so their product is what the edge is
expected to be worth. It is drawn anew when its text changes, hence its age is how long nobody has looked. Halving with
age, rather than a limit, lets a strong old edge outlive a weak new one: after half a year a certain citation counts as
much as a new edge of 0.5, about what a fresh ``same_topic`` edge has at least. That half-life is chosen, not measured;
it is to be looked at again when answers have been rated over as long a time.

Two kinds are kept longest, whatever their score: ``follows``, without which a text cannot be read on (a document gives
a node two at most), and then what a user drew by hand. The time taken is linear in the edges at the nodes touched, but
for sorting those of the nodes over budget.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from .database import Database
from .schema import RELATIONS

DEGREE_BUDGET = 64
HALF_LIFE_DAYS = 180.0

# One of a time that cannot be read is as old as can be; one from the future, of a clock that was wrong, is new.
AGE_DAYS = "max(0, julianday('now') - coalesce(julianday(timestamp), 0))"

_FULL = """
SELECT value, (SELECT count(*) FROM edge WHERE src = value) + (SELECT count(*) FROM edge WHERE dst = value)
    - (SELECT count(*) FROM edge WHERE src = value AND dst = value) AS degree
FROM json_each(?) WHERE degree > ?
"""
_EDGES = f"SELECT key, src, dst, rel, created_by, weight * confidence, {AGE_DAYS} FROM edge WHERE"


def trim(database: Database, nodes: Iterable[int], budget: int = DEGREE_BUDGET) -> list[int]:
    """Delete edges until each of ``nodes`` has at most ``budget``; returns the keys of those deleted.

    Only inside a writing transaction.
    """
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
    # From the least on: an edge between two full nodes serves both, and one passed over is never needed later, since
    # degrees only fall.
    for *_, key, ends in ranked:
        over = [end for end in ends if full.get(end, 0) > budget]
        if over:
            gone.append(key)
            for end in ends & full.keys():
                full[end] -= 1
    database.run_many("DELETE FROM edge WHERE key = ?", [(key,) for key in gone])
    return gone

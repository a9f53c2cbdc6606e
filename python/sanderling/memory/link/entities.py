"""Names in running text, and which passages share one: ``shares_entity`` edges, without a language model.

Two passages that mention ``Jan Kowalski`` belong together though no document has that title. An entity is a run of two
words or more that begin with capitals (``Port of Spain``: small words between do not end it), its case ignored. One
that 2 to 5 passages have ties them to one another, but for those of one document; what more have is too common to say
anything, and a title or an alias is what ``cites`` edges are for.

On MuSiQue, whose questions often pass through a name that has no passage of its own, R@5 of PageRank from hits and
titles rose from .573 to .611, all@5 from .240 to .315; on HotpotQA and 2WikiMultihopQA, whose chains run through
titles, R@5 fell from .930 to .912 and from .953 to .914. So hybrid search does not hop over these edges; attention
weighs them by their relation. 3 or 8 passages in place of 5, or single words too, moved R@5 of MuSiQue by .008 at most,
and single words doubled the edges.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import dropwhile

import msgspec

from ...text.name_trie import Names, title_key
from ..store.database import Database

MAX_SHARERS = 5
# Chosen, not measured: less than any mention, since two may bear one name.
SHARED_CONFIDENCE = 0.5

# A word of two letters or more, or an initial. Python's expressions know no capitals beyond those written out.
_WORD = re.compile(r"[^\W\d_](?:[\w'\u2019\-]*\w|\.)")
_SMALL = frozenset(
    {"of", "the", "de", "von", "van", "da", "di", "la", "le", "du", "al", "el", "bin", "and", "for", "in"}
)
_MAX_SMALL = 2
# A sentence may begin with one of these before a name.
_SENTENCE = """
a after also although among an and as at before between both but by during each first for from he her however his in it
its many most new of on one or other over she since some that the there these they this those three to two under until
when while with
"""
_LEADING = frozenset(_SENTENCE.split())


def entities(text: str) -> set[str]:
    """Return the names of two words and more in ``text``, in lower case."""
    found: set[str] = set()
    run: list[str] = []
    small: list[str] = []
    last = 0

    def end() -> None:
        words = list(dropwhile(_LEADING.__contains__, run))
        if len(words) > 1:
            found.add(" ".join(words))
        run.clear()
        small.clear()

    for match in _WORD.finditer(text):
        word = match[0]
        if text[last : match.start()] != " ":
            end()
        if word[0].isupper():
            run += [*small, word.lower()]
            small.clear()
        elif run and word in _SMALL and len(small) < _MAX_SMALL:
            small.append(word)
        elif run:
            end()
        last = match.end()
    end()
    return found


def sharing(database: Database, nodes: Iterable[int], names: Names) -> dict[tuple[int, int], float]:
    """Return the edges that ``nodes`` have to share, as (newer, older): 1/n for an entity that n passages have."""
    rows = database.execute(_SHARED, (msgspec.json.encode(list(nodes)).decode(), MAX_SHARERS))
    shared: dict[tuple[int, int], float] = {}
    for text, count, a, b in rows:
        if not names.is_title(title_key(text)):
            pair = max(a, b), min(a, b)
            shared[pair] = max(shared.get(pair, 0.0), 1 / count)
    return shared


def nodes_sharing(database: Database, texts: Iterable[str], more: int) -> set[int]:
    """Return the nodes that have one of ``texts``; not of those that even less ``more`` bearers are too common."""
    rows = database.execute(_BEARERS, (msgspec.json.encode(list(texts)).decode(), MAX_SHARERS + more))
    return {node for (node,) in rows}


# Counted no further than needed: a country's name may stand in a tenth of all passages.
_COUNT = "(SELECT count(*) FROM (SELECT 1 FROM entity s WHERE s.text = w.text LIMIT ?2 + 1))"
_BEARERS = (
    f"WITH w AS MATERIALIZED (SELECT value AS text FROM json_each(?1)), "
    f"rare AS MATERIALIZED (SELECT text, {_COUNT} AS n FROM w) "
    "SELECT DISTINCT e.node FROM rare CROSS JOIN entity e ON e.text = rare.text WHERE rare.n <= ?2"
)
_SHARED = (
    "WITH given AS MATERIALIZED (SELECT value AS node FROM json_each(?1)), "
    "w AS MATERIALIZED (SELECT DISTINCT e.text FROM given g CROSS JOIN entity e ON e.node = g.node), "
    f"rare AS MATERIALIZED (SELECT text, {_COUNT} AS n FROM w) "
    "SELECT rare.text, rare.n, a.node, b.node FROM rare CROSS JOIN entity a ON a.text = rare.text "
    "CROSS JOIN entity b ON b.text = rare.text CROSS JOIN node p ON p.key = a.node CROSS JOIN node q ON q.key = b.node "
    "WHERE rare.n BETWEEN 2 AND ?2 AND a.node IN (SELECT node FROM given) AND a.node <> b.node "
    "AND p.document <> q.document"
)

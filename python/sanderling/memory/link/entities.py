"""Find names in running text, and the ``shares_entity`` edges between chunks with a common name.

Two chunks that mention ``Jan Kowalski`` belong together though no document has that title. An entity is a run of two
words or more that begin with capitals (``Port of Spain``: small words inside do not end it), its case ignored. An
entity that 2 to 5 chunks have draws edges between those of different documents; one that more chunks have is too common
to mean anything, and titles and aliases are left to ``cites`` edges.

On MuSiQue, whose questions often pass through a name that has no note of its own, R@5 of PageRank from hits and titles
rose from .573 to .611, all@5 from .240 to .315; on HotpotQA and 2WikiMultihopQA, whose chains run through titles, R@5
fell from .930 to .912 and from .953 to .914. So hybrid search does not hop over these edges; attention weighs them by
their relation. 3 or 8 chunks in place of 5, or single words too, moved R@5 of MuSiQue by .008 at most, and single words
doubled the edges.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import dropwhile

from ..._core import EntityFinder
from ...text.name_trie import Names, title_key
from ..store.entities import shared_entities
from ..store.store import Store

MAX_SHARERS = 5
# Chosen, not measured: less than that of any mention, since two people may have one name.
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
_FINDER = EntityFinder({*_SMALL}, {*_LEADING}, _MAX_SMALL)


def entities(text: str) -> set[str]:
    """Return the names of two or more words in ``text``, in lower case."""
    found = _FINDER.find(text)
    return in_any_letters(text) if found is None else {*found}


def in_any_letters(text: str) -> set[str]:
    """Do as :func:`entities`, for a text in letters that the core does not know. It takes seven times as long."""
    found: set[str] = set()
    run: list[str] = []
    small: list[str] = []
    last = 0

    def end() -> None:
        if len(run) > 1:
            words = list(dropwhile(_LEADING.__contains__, run))
            if len(words) > 1:
                found.add(" ".join(words))
        run.clear()
        small.clear()

    for match in _WORD.finditer(text):
        word = match[0]
        if not run and not word[0].isupper():
            continue
        if run and text[last : match.start()] != " ":
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


def sharing(store: Store, nodes: Iterable[int], names: Names) -> dict[tuple[int, int], float]:
    """Return the weights of the ``shares_entity`` edges at ``nodes``, by (newer node, older node).

    The weight is 1/n for a name in n chunks; of several names the rarest counts. ``names`` are those of the documents;
    an entity that is a title or an alias draws no edge.
    """
    shared: dict[tuple[int, int], float] = {}
    for text, count, a, b in shared_entities(store, nodes, MAX_SHARERS):
        if not names.is_title(title_key(text)):
            pair = max(a, b), min(a, b)
            shared[pair] = max(shared.get(pair, 0.0), 1 / count)
    return shared

"""Find the names in a text, and the other nodes that share them.

A question of two steps names the first note, and often only a name links the second to it: ``the seat of the county
where Van Hook Township is`` leads to ``Mountrail County``, and from there to the note on its courthouse, which neither
title, words nor vector of the question find. Names are runs of capitalised words, with ``of``, ``the`` and the like
between them; scripts without capitals have none. They are looked up per question, in the one or two best nodes, so
nothing is stored for it. The ``entity`` table (:mod:`sanderling.memory.link.entities`) does not serve: it has no
one-word names, no parts of longer names and nothing of titles.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from itertools import dropwhile

from ...text.searched import sequence
from ..store.postings import nodes_with_phrases
from ..store.store import Store

MAX_NAMES = 8
"""Names looked up for one text, the first in it: a text names its subject at the beginning."""
MAX_WORDS = 8
MIN_LETTERS = 4
MAX_SHARERS = 64
"""Most nodes that may share a name: one that more have links nothing."""

# Any letter except the lower case of Latin, Greek and Cyrillic; ``isupper`` below drops scripts without capitals.
_CAPITAL = r"[^\W\d_a-zß-öø-ÿα-ώа-џ][\w\u2019'-]*"
_SMALL = r"(?:of|the|and|de|la|von|van|du|del|da|&)"
_NAME = re.compile(rf"{_CAPITAL}(?:\s+(?:{_SMALL}\s+){{0,2}}{_CAPITAL})*")
_SENTENCE = """
a after also although an and as at before but by during for from he her here his however i in it its many most my
of on one our she since some that the their there these they this those though three to two under until was we
were what when where which while who whom whose with you your
"""
_OPENING = frozenset(_SENTENCE.split())
"""Words that are no names though capitalised, since they open a sentence."""


def names(text: str, known: Collection[str]) -> list[tuple[str, ...]]:
    """Return the first :data:`MAX_NAMES` names in ``text``, as tuples of lower-case words.

    Names made only of ``known`` words are skipped.
    """
    found: dict[tuple[str, ...], None] = {}
    for match in _NAME.finditer(text):
        if not match.group()[0].isupper():
            continue
        words = list(dropwhile(_OPENING.__contains__, sequence(match.group())))
        while words and words[-1] in _OPENING:
            words.pop()
        if sum(map(len, words)) >= MIN_LETTERS and not all(word in known for word in words):
            found[tuple(words[:MAX_WORDS])] = None
            if len(found) == MAX_NAMES:
                break
    return list(found)


def nodes_sharing(
    store: Store, wanted: Collection[tuple[str, ...]], nodes: int
) -> dict[tuple[str, ...], tuple[list[int], float]]:
    """Return, for each name in ``wanted``, the nodes that have the name, and how informative the name is.

    A name that n of N nodes have is worth ln(N/n) / ln N. ``nodes``: N. Names that fewer than two or more than
    :data:`MAX_SHARERS` nodes have are left out.
    """
    if not wanted or nodes < 2:
        return {}
    order = list(wanted)
    found = nodes_with_phrases(store, [" ".join(name) for name in order], MAX_SHARERS + 1)
    return {
        name: (keys, max(0.0, math.log(nodes / len(keys)) / math.log(nodes)))
        for name, keys in zip(order, found, strict=True)
        if 1 < len(keys) <= MAX_SHARERS
    }

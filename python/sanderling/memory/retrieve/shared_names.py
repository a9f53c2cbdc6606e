"""A passage in, the names it mentions and the other passages that have them out.

A question of two steps names the first passage, and the second is often tied to it by nothing but a name: ``the seat
of the county where Van Hook Township is`` leads to ``Mountrail County``, and that to the passage on its courthouse,
which neither title, words nor vector of the question find. Names are runs of capitalised words, with ``of``, ``the``
and their like in between; what stands for a name in scripts without capitals is not seen. They are looked up at the
question, in the one or two best passages alone, so nothing has to be kept for it. The ``entity`` table of
:mod:`..link.entities` does not serve: it has no name of one word, no part of a longer name and nothing of titles.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from itertools import dropwhile

from ...text.name_trie import WORD
from ..store.postings import nodes_with_phrases
from ..store.store import Store

MAX_NAMES = 8
"""Looked up of one passage, the first: what a passage is about stands at its beginning."""
MAX_WORDS = 8
MIN_LETTERS = 4
MAX_SHARERS = 64
"""A name that more nodes have ties nothing together."""

# Letters but the small ones of the Latin, Greek and Cyrillic alphabets; of other scripts none is a capital, see below.
_CAPITAL = r"[^\W\d_a-zß-öø-ÿα-ώа-џ][\w\u2019'-]*"
_SMALL = r"(?:of|the|and|de|la|von|van|du|del|da|&)"
_NAME = re.compile(rf"{_CAPITAL}(?:\s+(?:{_SMALL}\s+){{0,2}}{_CAPITAL})*")
_SENTENCE = """
a after also although an and as at before but by during for from he her here his however i in it its many most my
of on one our she since some that the their there these they this those though three to two under until was we
were what when where which while who whom whose with you your
"""
_OPENING = frozenset(_SENTENCE.split())
"""Words that are capitalised for opening a sentence."""


def names(text: str, known: Collection[str]) -> list[tuple[str, ...]]:
    """Return the names in ``text``, in lower case, in order; not those made of ``known`` words alone."""
    found: dict[tuple[str, ...], None] = {}
    for match in _NAME.finditer(text):
        if not match.group()[0].isupper():
            continue
        words = [word.lower() for word in WORD.findall(match.group())]
        words = list(dropwhile(_OPENING.__contains__, words))
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
    """Return for each name the nodes that have it, and how telling that is: ln(N/n) / ln N for n of N nodes.

    Names that fewer than two or more than :data:`MAX_SHARERS` nodes have are left out.
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

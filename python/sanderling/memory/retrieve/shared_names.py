"""Find the names in a text, and the other nodes with these names.

A question of two steps names the first note, and often only a name links the second to it: ``the seat of the county
where Van Hook Township is`` leads to ``Mountrail County``, and from there to the note on its courthouse, which neither
title, words nor vector of the question find. Names are runs of capitalised words, with ``of``, ``the`` and the like
between them; scripts without capitals have none. They are looked up per question, in the one or two best nodes, so
nothing is stored for it. The ``entity`` table (:mod:`sanderling.memory.link.entities`) does not serve: it has no
one-word names, no parts of longer names and nothing of titles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import dropwhile

import numpy as np

from ..._core import Candidates, NameFinder
from ...text.searched import sequence
from ..store.nodes import titles
from ..store.postings import asked_nodes_with_names
from ..store.store import Store

MAX_NAMES = 8
"""Most names looked up for one text, from its beginning on. A text names its subject at the beginning."""
MAX_WORDS = 8
MIN_LETTERS = 4
MAX_SHARERS = 64
"""Most nodes that may share a name; more common names link nothing."""

# Any letter except the lower case of Latin, Greek and Cyrillic; ``isupper`` below drops scripts without capitals.
_CAPITAL = r"[^\W\d_a-zß-öø-ÿα-ώа-џ][\w\u2019'-]*"
_SMALL_WORDS = ("of", "the", "and", "de", "la", "von", "van", "du", "del", "da", "&")
_SMALL = rf"(?:{'|'.join(_SMALL_WORDS)})"
_NAME = re.compile(rf"{_CAPITAL}(?:\s+(?:{_SMALL}\s+){{0,2}}{_CAPITAL})*")
# The same for texts whose only capitals are ASCII: a class of few letters is searched for in a third of the time.
_PLAIN_NAME = re.compile(rf"[A-Z][\w\u2019'-]*(?:\s+(?:{_SMALL}\s+){{0,2}}[A-Z][\w\u2019'-]*)*")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_FIRST = re.compile(_CAPITAL)
_SENTENCE = """
a after also although an and as at before but by during for from he her here his however i in it its many most my
of on one our she since some that the their there these they this those though three to two under until was we
were what when where which while who whom whose with you your
"""
_OPENING = frozenset(_SENTENCE.split())
"""Words capitalised only because they open a sentence."""
_FINDER = NameFinder(set(_SMALL_WORDS), set(_OPENING), MIN_LETTERS, MAX_WORDS)


def names(text: str, known: Sequence[str], most: int = MAX_NAMES) -> list[str]:
    """Return the first ``most`` names in ``text``, as lower-case words joined by blanks.

    Names made only of ``known`` words are skipped.
    """
    # The core knows the words of plain texts alone.
    found = _FINDER.find(text, known, most)
    return slow_names(text, known, most) if found is None else found


def slow_names(text: str, known: Sequence[str], most: int) -> list[str]:
    """Find the names in any text, as :func:`names` does in one that is not plain."""
    found: dict[str, None] = {}
    plain = not any(map(_FIRST.match, set(_FOREIGN.findall(text))))
    for match in (_PLAIN_NAME if plain else _NAME).finditer(text):
        run = match.group()
        if not run[0].isupper():
            continue
        words = list(dropwhile(_OPENING.__contains__, sequence(run)))
        while words and words[-1] in _OPENING:
            words.pop()
        if sum(map(len, words)) >= MIN_LETTERS and not all(word in known for word in words):
            found[" ".join(words[:MAX_WORDS])] = None
            if len(found) == most:
                break
    return list(found)


def look_up(store: Store, candidates: Candidates, wanted: list[str]) -> None:
    """Look up the nodes that have the names ``wanted``, all at once, and record them in ``candidates``.

    Names that fewer than two or more than :data:`MAX_SHARERS` nodes have link nothing.
    """
    if store.words.look_up(candidates, wanted, MAX_SHARERS):
        return
    new = candidates.not_looked_up(wanted)
    if new:
        found = asked_nodes_with_names(store, [name.split(" ") for name in new], MAX_SHARERS + 1)
        keys, opens = (np.concatenate(part) for part in zip(*found, strict=True))
        candidates.add_names(new, [len(nodes) for nodes, _ in found], keys, opens, MAX_SHARERS)


def entitle(store: Store, candidates: Candidates) -> None:
    """Find out, where the core could not tell, which names open the titles of the candidates that have them."""
    unknown = candidates.untitled()
    if len(unknown):
        found = titles(store, unknown.tolist())
        candidates.entitle(unknown, [_opening(found.get(key, "")) for key in unknown.tolist()])


def _opening(title: str) -> str:
    """Return the words of a title, joined by blanks; empty for a title that begins with a mark, and so with no name."""
    lowered = title.lower() if title.isascii() else " ".join(sequence(title))
    words = sequence(lowered)
    return " ".join(words) if words and words[0] == _first_word(lowered) else ""


def _first_word(title: str) -> str:
    """Return the letters at the start of a lower-case title; empty if it starts with a mark."""
    opening = title.partition(" ")[0]
    if opening.isalpha():
        return opening
    return opening[: next((at for at, letter in enumerate(opening) if not letter.isalnum()), len(opening))]

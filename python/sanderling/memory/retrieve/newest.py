"""Order notes newest first if they answer a question for different times.

Three notes give the wifi password, each another one: all have the words of the question, and which has the highest
weight is chance. So the notes with a time of their own whose texts hold the same words of the question change places,
newest first. They must hold them all, unless the question says that it asks about now; and their vectors must be alike,
since two notes may share the words and not the subject. The weights stay at their places.

Nothing is done for a question with a date of its own, for one about the past ("the first", "formerly"), and for notes
without a time of their own, such as all of the public question sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np

from ...records import RetrievalResult
from ...text.sentences import stems
from ..index import MemoryIndex
from ..store.nodes import titled_texts
from ..store.store import Store
from ..store.times import has_times, timestamps

NEAR = 12
"""Number of top notes that are compared."""
ALIKE = 0.55
ALIKE_NOW = 0.35
"""Least cosine between notes that may change places, for a question about the present.

Notes that give one fact in other words have .41 to .76, notes about other things of the same kind .33 to .41, notes of
two subjects less.
"""
SHARE_NOW = 0.5
"""Least share of the question's words in notes that may change places, for a question about the present."""
_NOW_WORDS = """
now current currently latest newest recent recently present presently nowadays today still last anymore aktuell aktuelle
aktuellen aktueller aktuelles jetzt derzeit derzeitige momentan neueste neuesten neuester neuestes letzte letzten
zuletzt heute gerade
"""
_THEN_WORDS = """
first original originally previous previously old older oldest former formerly earliest earlier initial initially used
history changed once erste ersten ursprünglich früher frühere alte alten älteste vorherige ehemals damals
"""
_NOW = frozenset(_NOW_WORDS.split())
_THEN = frozenset(_THEN_WORDS.split())


def newest_first(store: Store, index: MemoryIndex, question: str, found: RetrievalResult) -> RetrievalResult:
    """Return ``found`` with each group of similar notes ordered newest first. Call inside ``store.read()``."""
    said = [word.strip("?.,!:;\"'()").lower() for word in question.split()]
    if not _THEN.isdisjoint(said) or not has_times(store):
        return found
    now = not _NOW.isdisjoint(said)
    keys = [int(key) for key in found.attended.keys[:NEAR]]
    times = timestamps(store, keys)
    if len(set(times.values())) < 2:
        return found
    asked = set(stems(" ".join(word for word in said if word not in _NOW)))
    held = _held(store, list(times), asked)
    everything = set().union(*held.values())
    least = max(1.0, len(everything) * (SHARE_NOW if now else 1.0))
    places = [place for place, key in enumerate(keys) if len(held.get(key, ())) >= least]
    vectors = index.vectors(np.array([keys[place] for place in places], np.uint64)) if len(places) > 1 else None
    if vectors is None:
        return found
    order = list(range(len(found.attended.keys)))
    alike = vectors @ vectors.T >= (ALIKE_NOW if now else ALIKE)
    for group in _groups([held[keys[place]] for place in places], alike):
        members = [places[at] for at in group]
        by_time = sorted(members, key=lambda place: times[keys[place]], reverse=True)
        for place, newer in zip(members, by_time, strict=True):
            order[place] = newer
    attended = msgspec.structs.replace(found.attended, keys=found.attended.keys[order])
    return msgspec.structs.replace(found, attended=attended)


def _held(store: Store, keys: list[int], asked: set[str]) -> dict[int, frozenset[str]]:
    """Return the words of the question in each note's title and text."""
    rows = titled_texts(store, keys)
    return {key: frozenset(asked & set(stems(f"{title}\n{text}"))) for key, _, title, text in rows}


def _groups(held: list[frozenset[str]], alike: Iterable[Iterable[bool]]) -> Iterator[list[int]]:
    """Yield groups of similar notes with the same words of the question, as indices into ``held``.

    Each note is similar to the first of its group.
    """
    table = [list(row) for row in alike]
    taken: set[int] = set()
    for first in range(len(held)):
        group = [
            at for at in range(first, len(held)) if at not in taken and table[first][at] and held[at] == held[first]
        ]
        if first not in taken and len(group) > 1:
            taken.update(group)
            yield group

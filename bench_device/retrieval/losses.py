"""Finds the stage of a search at which a note that the question needs is lost.

::

    every note ─► channels ─► candidates, at most max_nodes ─► ranking ─► the first five
        not generated ──┘   cut ──┘                  ranked low ──┘

A note found later than the first five is ranked low. A note that some channel found, but that stood behind
``max_nodes`` others, is cut. Any other note was not generated: no ranking can help it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from ...memory import Memory
from ...records import Record, SearchParams, Vectors
from ..workloads import Question

FOUND = "in the first 5"
NEXT = "ranked 6 to 10"
LOW = "ranked lower"
CUT = "cut by max_nodes"
NOT_GENERATED = "not generated"
FATES = (FOUND, NEXT, LOW, CUT, NOT_GENERATED)


class Generated(Record):
    """The documents that the channels found for one question."""

    candidates: frozenset[str]
    """Documents that remain as candidates for ranking."""
    offered: Mapping[str, frozenset[str]]
    """Documents that each channel found, by channel name, including those cut later."""


class Lost(Record):
    """Fates of the needed notes at one place in reading order, in all questions with the same number of hops."""

    hops: int
    place: int
    """Position of the note in reading order, from 1."""
    notes: int
    fates: dict[str, int]
    """Number of notes per fate, by the names in :data:`FATES`."""
    channels: dict[str, int]
    """Number of notes that each channel found; a note may count for several."""


def generated(memory: Memory, question: str, vector: Vectors, ids: Mapping[int, str]) -> Generated:
    """Generate the candidates for ``question`` as a search does.

    ``ids``: the document of each node.
    """
    params = SearchParams()
    near = memory.retrieve(vector, params)
    with memory.store.read():
        found = memory.candidates.find(question, near, None, params.max_nodes)

    def documents(keys: Iterable[int]) -> frozenset[str]:
        return frozenset(ids[key] for key in keys if key in ids)

    return Generated(
        candidates=documents(found.keys.tolist()),
        offered={channel: documents(keys) for channel, keys in found.channels.items()},
    )


def fate(document: str, ranked: Sequence[str], of: Generated) -> str:
    """Return the fate of ``document``, one of :data:`FATES`. ``ranked``: at least ten documents, best first, or all."""
    if document in ranked[:10]:
        return FOUND if document in ranked[:5] else NEXT
    if document in of.candidates:
        return LOW
    return CUT if any(document in documents for documents in of.offered.values()) else NOT_GENERATED


def losses(asked: Collection[tuple[Question, Sequence[str], Generated]]) -> tuple[Lost, ...]:
    """Count the fates of all needed notes, grouped by the question's number of hops and the note's place.

    ``asked``: each question with its ranked documents and what was generated for it.
    """
    fates: dict[tuple[int, int], Counter[str]] = {}
    channels: dict[tuple[int, int], Counter[str]] = {}
    for question, ranked, of in asked:
        for place, document in enumerate(question.gold, start=1):
            group = question.hops, place
            fates.setdefault(group, Counter())[fate(document, ranked, of)] += 1
            found_by = [channel for channel, documents in of.offered.items() if document in documents]
            channels.setdefault(group, Counter()).update(found_by)
    return tuple(
        Lost(
            hops=hops,
            place=place,
            notes=counts.total(),
            fates={name: counts[name] for name in FATES},
            channels=dict(channels[hops, place]),
        )
        for (hops, place), counts in sorted(fates.items())
    )

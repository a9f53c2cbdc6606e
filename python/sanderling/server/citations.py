"""Finds the notes and passages that support each part of an answer.

A sentence of the answer rests on the notes that hold most of its words; within a note, on the sentence that holds most
of them. Where no note holds enough, the whole answer rests on the note that was weighed most. An answer that says it
found nothing rests on none.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..records import SourceNote
from ..text.declined import declined
from ..text.passage import passage as find_passage
from ..text.sentences import sentences, stems

ENOUGH = 0.5
"""Share of a sentence's words that a note must contain to be cited."""
MOST_NOTES = 3
"""Maximum number of notes cited for one sentence."""


class Citation(NamedTuple):
    """A part of an answer and the note that supports it."""

    start: int
    end: int
    source: SourceNote


def citations(text: str, sources: Sequence[SourceNote]) -> list[Citation]:
    """Return the citations of an answer, in the order of its sentences."""
    if not sources or declined(text):
        return []
    known = [set(stems(f"{source.title} {source.text}")) for source in sources]
    found, at = [], 0
    for sentence in sentences(text):
        start = text.find(sentence, at)
        if start < 0:
            start, end = at, len(text)  # its lines were joined
        else:
            end = at = start + len(sentence)
        words = set(stems(sentence))
        shares = [len(words & each) / len(words) if words else 0.0 for each in known]
        best = sorted((rank for rank, share in enumerate(shares) if share >= ENOUGH), key=lambda rank: -shares[rank])
        # A note with fewer of the words than the best adds nothing to it.
        found += [Citation(start, end, sources[rank]) for rank in best[:MOST_NOTES] if shares[rank] == shares[best[0]]]
    return found or [Citation(0, len(text), sources[0])]


def passage(text: str, source: SourceNote) -> tuple[int, int]:
    """Return the start and end of a note's passage that best supports an answer.

    Without such a passage: those of the whole text.
    """
    return find_passage(text, source.text) or (0, len(source.text))


def url(source: SourceNote, *, local: bool) -> str:
    """Return the URL of a note, as :func:`url_of` does."""
    return url_of(source.uri, source.node_id, local=local)


def url_of(uri: str, node_id: str, *, local: bool) -> str:
    """Return the URL of a note.

    ``local``: whether the client runs on this machine and so can open files; others get a URL of our own scheme.
    """
    if "://" in uri:
        return uri
    if local and uri.startswith("/"):
        return Path(uri).as_uri()
    return f"sanderling://note/{node_id}"

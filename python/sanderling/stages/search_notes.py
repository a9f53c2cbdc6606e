"""Searches the notes for a question without answering it, for ``sanderling search``."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import UsageError
from ..filter import Filter
from ..memory import Memory
from ..records import SourceNote
from ..request.request import Request
from .answer import ranked_sources
from .find_notes import find_notes, require_notes


def search_notes(memory: Memory, question: str, filter: Filter, warn: Callable[[str], None]) -> tuple[SourceNote, ...]:
    """Return all notes found, best first. ``warn``: called with each warning.

    Raises UsageError if the memory is empty, NoNotes if no note passes the filter.
    """
    if not len(memory):
        raise UsageError(f"the memory at {memory.store.path} holds no notes: run  sanderling ingest FOLDER  first")
    request = Request(query=question, filter=filter)
    found, nodes = find_notes(memory, memory.embedder, request)
    require_notes(memory, found)
    for warning in request.warnings:
        warn(warning)
    return ranked_sources(found, nodes)

"""Measure the parts of a memory's two files: each table, and each section of the index."""

from __future__ import annotations

from pathlib import Path

from ..._core import CoreError
from ...records import Record
from ..index import section_bytes
from ..store.room import has_dbstat, taken, text_bytes
from .blame import opened
from .compaction import sizes


class Part(Record):
    """A part of the memory file or of the index file."""

    file: str
    """"memory" or "index"."""
    name: str
    """Name of a table of the memory, or of a section of the index."""
    bytes: int


class Parts(Record):
    """All parts of both files, the largest of each file first."""

    nodes: int
    text_bytes: int
    """Bytes of all texts in UTF-8, for comparison."""
    total_bytes: int
    """Size of both files and the write-ahead log."""
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    """Why parts are missing; empty if none are."""


def parts(path: Path) -> Parts:
    """Return the parts of the memory file at ``path`` and of its index file. All pages of the memory are looked at."""
    notes: list[str] = []
    size = sizes(path)
    with opened(path) as store:
        nodes, text = store.counts()[0], text_bytes(store)
        if has_dbstat(store):
            found = [Part(file="memory", name=name, bytes=count) for name, count in taken(store)]
        else:
            found = [Part(file="memory", name="all tables", bytes=size.store_bytes)]
            notes.append("the SQLite of this Python cannot tell how large each table is (it was built without dbstat)")
    try:
        sections = section_bytes(path)
        found += [Part(file="index", name=name, bytes=count) for name, count in sections]
        rest = size.index_bytes - sum(count for _, count in sections)
        found.append(Part(file="index", name="checksums and gaps", bytes=rest))
    except (CoreError, OSError) as error:
        if size.index_bytes:
            notes.append(f"the index cannot be read ({error}): it is made anew when the memory is next opened")
    return Parts(
        nodes=nodes,
        text_bytes=text,
        total_bytes=size.total_bytes,
        parts=tuple(
            sorted((part for part in found if part.bytes), key=lambda part: (part.file != "memory", -part.bytes))
        ),
        notes=tuple(notes),
    )

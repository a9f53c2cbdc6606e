"""Recognise moved or renamed files by their content.

A file at a new address is an old document if its content is that of a document whose file is gone, or holds something
else now. A copy, whose original is still there, is a document of its own. Nothing is embedded: the vectors are those of
the old title and path, which the embedder read before the text.
"""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ...disk.files import content
from ...records import NodeMetadata
from ...text.name_trie import Name
from ..files.address import Presence, below, covered
from ..link.link import Linker
from ..read.document import Document
from ..store.nodes import texts
from ..store.store import Store
from ..store.writer import StoredDocument
from .chunk import Chunk

AT_ONCE = 2000
"""Documents moved in one transaction. Links between them are then drawn once, with all of them in place; as many more
would keep other writers waiting for longer than they do."""


class Move(NamedTuple):
    """A stored document with its new address, title, metadata and names."""

    old: StoredDocument
    uri: str
    title: str
    content_hash: str
    metadata: NodeMetadata
    names: list[tuple[int, Name]]
    """(position of the node, name)."""
    links: list[tuple[int, str]]
    size_bytes: int


def content_part(content_hash: str) -> str:
    """Return ``content_hash`` without its suffix for domain and tags."""
    return content_hash.partition("+")[0]


class Moves:
    """Finds stored documents whose files have moved, and collects the moves."""

    def __init__(self, store: Store, roots: Sequence[str], walked: Iterable[str]) -> None:
        """Compare with the addresses of one walk.

        ``roots``: addresses that were walked through; ``walked``: all addresses found there.
        """
        self._store = store
        self._roots = roots
        self._walked = set(walked)
        self._presence = Presence()
        self._by_content: dict[str, list[StoredDocument]] | None = None
        self.found: list[Move] = []

    def source_of(self, document: Document) -> StoredDocument | None:
        """Return the stored document that moved to the address of ``document``; None if no document moved there."""
        fitting = [old for old in self._same(document) if self._is_gone(old)]
        if not fitting:
            return None
        best = max(fitting, key=lambda old: _likeness(old.uri, document.uri))
        self._same(document).remove(best)
        return best

    def may_have(self, document: Document) -> bool:
        """Whether the store has a document with the content of ``document``, at any address."""
        return bool(self._same(document))

    def _same(self, document: Document) -> list[StoredDocument]:
        if self._by_content is None:
            self._by_content = {}
            for stored in self._store.documents():
                self._by_content.setdefault(content_part(stored.content_hash), []).append(stored)
        return self._by_content.get(document.content_hash, [])

    def keep(
        self, old: StoredDocument, document: Document, metadata: NodeMetadata, mark: str, cut: Callable[[], list[Chunk]]
    ) -> bool:
        """Record that ``old`` moved to the address of ``document``; return False if the stored nodes do not fit.

        ``cut`` cuts the text as for the title and names of ``old``; called for a document of several nodes only.
        """
        starts = [0] if old.node_count == 1 else self._starts(old, document, cut)
        if starts is None:
            return False

        def node(at: int) -> int:
            return max(bisect_right(starts, at) - 1, 0)

        self.found.append(
            Move(
                old,
                document.uri,
                document.title,
                document.content_hash + mark,
                metadata,
                [(node(at), name) for at, name in document.names],
                [(node(at), target) for at, target in document.links],
                document.size_bytes,
            )
        )
        return True

    def store(self, linker: Linker, moves: Sequence[Move]) -> list[Move]:
        """Write ``moves`` in one transaction; return the moves written.

        Left out are those whose document another process has changed meanwhile.
        """
        written: list[Move] = []
        with self._store.write() as writer, linker.change(writer) as change:
            for move in moves:
                if self._store.document(move.old.uri) != move.old or self._store.document(move.uri) is not None:
                    continue
                change.move(
                    move.old,
                    uri=move.uri,
                    title=move.title,
                    content_hash=move.content_hash,
                    metadata=move.metadata,
                    names=move.names,
                    links=move.links,
                )
                written.append(move)
        return written

    def _is_gone(self, old: StoredDocument) -> bool:
        """Whether the file of ``old`` is gone, or holds something else now."""
        if not os.path.isabs(old.uri):  # noqa: PTH117 # an address of another kind is no path
            return False
        if any(below(old.uri, root) for root in self._roots):
            there = covered(old.uri, self._walked)
        else:
            there = self._presence.has_file(old.uri)
        if not there:
            return True
        path = self._presence.path_of(old.uri)
        try:
            return path is not None and _hash(content(path)) != content_part(old.content_hash)
        except OSError:
            return False

    def _starts(self, old: StoredDocument, document: Document, cut: Callable[[], list[Chunk]]) -> list[int] | None:
        keys = self._store.document_nodes(old.key)
        by_key = dict(texts(self._store, keys))
        stored = [by_key[key] for key in keys]
        starts: list[int] = []
        at = 0
        for text in stored:
            at = document.text.find(text, at)
            if at < 0:
                break
            starts.append(at)
            at += len(text)
        if len(starts) == len(stored):
            return starts
        chunks = cut()
        return [chunk.start for chunk in chunks] if [chunk.text for chunk in chunks] == stored else None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _likeness(old: str, new: str) -> tuple[bool, int]:
    """Return how alike two addresses are: whether their ids match, and the length of their common end.

    An id follows ``#``.
    """
    same = 0
    while same < min(len(old), len(new)) and old[-1 - same] == new[-1 - same]:
        same += 1
    return "#" in new and old.rpartition("#")[2] == new.rpartition("#")[2], same

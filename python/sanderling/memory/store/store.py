"""One memory file: nodes, edges, vectors and documents in SQLite, the single source of truth.

Reads are methods of :class:`Store`; writes go through ``with store.write() as writer``, one transaction each.
``schema.py`` has the tables, ``database.py`` the durability guarantees.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, islice
from pathlib import Path

from ..._core import KeySet
from ...errors import MemoryFileError
from ...records import Edge, Node, Record
from ...text.questions.asked import asked
from . import erasure, file_format, rows, schema
from .common_terms import CommonTerms
from .database import Database
from .degree import trim
from .generations import generation_of, has_generation
from .identity import identity_of
from .integrity import integrity_problems
from .lookup import expression
from .packed import Precision
from .words import Words
from .writer import StoredDocument, Writer

# Terms of a full-text query beyond this number are not looked up: BM25 over a pasted page is slow and finds nothing
# that its first words do not.
MAX_QUERY_TERMS = 64
# Generations advance by a random step, so that two copies of one memory that were written to separately do not count
# alike: a snapshot of one is then not taken for a snapshot of the other. 2^63 / 2^20 leaves 2^43 transactions.
GENERATION_STRIDE = 1 << 20


class StoreStats(Record):
    """The counts and properties of a memory."""

    documents: int
    nodes: int
    edges: int
    edges_by_relation: dict[str, int]
    size_bytes: int
    """Size of the memory file, without write-ahead log and index file."""
    embedder_id: str
    dim: int
    vectors: Precision
    """Precision in which new vectors are kept."""
    created: str
    generation: int


class Store:
    """One open memory file. Usable from several threads."""

    def __init__(self, database: Database) -> None:
        """Wrap an open database of a memory. Use :meth:`open` or :meth:`open_existing` instead."""
        self.database = database
        self.path = database.path
        self.words = Words(database)
        self.any_times: tuple[int, bool] | None = None
        """A generation, and whether any node had a time of its own at that generation; None if not known."""
        self._terms = CommonTerms(database, self.words)
        self.embedder_id, self.dim, self._created, self.precision = identity_of(database)

    @classmethod
    def open(cls, path: Path, embedder_id: str, dim: int, precision: Precision = "int16") -> Store:
        """Open the memory at ``path``, or create a memory there.

        Its vectors have ``dim`` components and come from the embedder ``embedder_id``.

        ``precision``: how a new memory keeps its vectors; one that exists stays as it is.

        Raises MemoryFileError if the file is not a memory, is damaged or locked, or was made with another embedder.
        """
        if not 1 <= dim <= schema.MAX_DIM or not embedder_id:
            raise ValueError(f"a memory needs an embedder id and a dimension from 1 to {schema.MAX_DIM}")
        database = Database(path)
        try:
            if database.read_only is None:
                with database.transaction("IMMEDIATE"):
                    if file_format.is_empty(database):
                        file_format.create(
                            database, embedder_id, dim, precision, 1 + secrets.randbelow(GENERATION_STRIDE)
                        )
            store = cls._checked(database)
            if (store.embedder_id, store.dim) != (embedder_id, dim):
                raise MemoryFileError(
                    f"{path}: made with embedder {store.embedder_id} (dimension {store.dim}), but {embedder_id} "
                    f"(dimension {dim}) is set: choose that embedder again, or make its vectors anew with  "
                    "sanderling memory reembed"
                )
        except BaseException:
            database.close()
            raise
        return store

    @classmethod
    def open_existing(cls, path: Path) -> Store:
        """Open the existing memory at ``path``, whatever its embedder.

        Raises MemoryFileError as :meth:`open` does, and if there is no file.
        """
        if not path.exists():
            raise MemoryFileError(f"{path}: no memory here: make one with  sanderling ingest")
        database = Database(path)
        try:
            return cls._checked(database)
        except BaseException:
            database.close()
            raise

    @classmethod
    def _checked(cls, database: Database) -> Store:
        file_format.require_current(database)
        database.use_wal()
        return cls(database)

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def generation(self) -> int:
        """Return the newest generation in the change log. It is the number of the last committed transaction.

        Generations only grow, by steps of any size. Raises Damaged if the log holds none.
        """
        return generation_of(self.database)

    def has_generation(self, generation: int) -> bool:
        """Whether the change log still has every change since ``generation``."""
        return has_generation(self.database, generation)

    def forget_changes(self, before: int) -> None:
        """Delete the log entries older than generation ``before``.

        A snapshot of the index must contain their changes.
        """
        with self.database.transaction("IMMEDIATE"):
            self.database.execute(
                "DELETE FROM change WHERE generation < min(?, (SELECT max(generation) FROM change))", (before,)
            )

    def read(self) -> AbstractContextManager[None]:
        """Open a read transaction, in which all reads see the same state. Commits of other processes do not show."""
        return self.database.transaction("DEFERRED")

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """Open a writing transaction, which is rolled back if the block raises an error.

        Raises StorageFull if the disk is full, MemoryFileError if another process keeps the file locked.
        """
        with self.database.transaction("IMMEDIATE"):
            previous = self.generation()
            generation = previous + 1 + secrets.randbelow(GENERATION_STRIDE)
            self.database.execute("INSERT INTO change(generation) VALUES(?)", (generation,))
            writer = Writer(self.database, self.dim, self.precision, generation, previous)
            yield writer
            trim(self.database, writer.linked)
            erasure.mark(self.database, generation)

    def nodes(self, keys: Iterable[int]) -> list[Node]:
        """Return the nodes ``keys`` in the order of ``keys``, skipping unknown keys."""
        return rows.nodes(self.database, keys)

    def edges(self, src: int) -> list[Edge]:
        """Return the edges from ``src``, ordered by relation and target."""
        return rows.edges(self.database, src)

    def document(self, uri: str) -> StoredDocument | None:
        """Return the document at the address ``uri``; None if there is no such document."""
        return next(rows.documents(self.database, "WHERE uri = ?", (uri,)), None)

    def documents(self) -> list[StoredDocument]:
        """Return all documents in the order of their ingest or last change."""
        return list(rows.documents(self.database, "ORDER BY key"))

    def document_nodes(self, document: int) -> list[int]:
        """Return the keys of a document's nodes, in reading order."""
        sql = "SELECT key FROM node WHERE document = ? ORDER BY position"
        return [row[0] for row in self.database.execute(sql, (document,))]

    def search_text(self, query: str, limit: int = 64, among: KeySet | None = None) -> list[tuple[int, float]]:
        """Return (key, BM25 score) of up to ``limit`` nodes with words of ``query``, best first.

        Any text is a valid query. Of its different words the first 64 are looked up, without those that
        ``common_terms.py`` drops. ``among``: the only keys that may be found; None: all keys. The score is Okapi BM25
        as SQLite FTS5 computes it, with the sign reversed so that a greater score is better.
        """
        terms = self.terms(query)
        if not terms:
            return []
        others = self._terms.spellings(self._terms.unknown(terms))
        match = expression([*terms, *chain(*others.values())])
        sql = "SELECT rowid, -rank FROM node_text WHERE node_text MATCH ? ORDER BY rank"
        if among is None:
            return [(key, score) for key, score in self.database.execute(f"{sql} LIMIT ?", (match, limit))]
        with self.read():
            batches = self.database.batches(sql, (match,), rows.KEYS_PER_QUERY)
            ranked = (row for batch in batches for row in batch)
            return list(islice(((key, score) for key, score in ranked if key in among), limit))

    def terms(self, question: str) -> list[str]:
        """Return the words of ``question`` that are rare enough for a full-text lookup."""
        return self._terms.telling(list(dict.fromkeys(asked(question)))[:MAX_QUERY_TERMS])

    def spellings(self, words: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the known words one edit away from each of the unknown ``words``.

        Beyond the first :data:`~sanderling.memory.store.common_terms.MOST_MISSPELLED` none are looked for.
        """
        return self._terms.spellings(words)

    def counts(self) -> tuple[int, int]:
        """Return the number of nodes and the number of edges."""
        # To count nodes SQLite reads an index, not the texts or vectors.
        nodes, edges = (self.database.execute(f"SELECT count(*) FROM {table}")[0][0] for table in ("node", "edge"))
        return nodes, edges

    def erase(self) -> str:
        """Erase the words of deleted nodes from the disk; return why that failed, or "".

        Not inside a transaction. A later call repeats what failed.
        """
        return erasure.erase(self.database, self.words.erase)

    def stats(self) -> StoreStats:
        """Return the numbers of documents, nodes and edges, and the memory's properties."""
        with self.read():
            counts = {
                table: self.database.execute(f"SELECT count(*) FROM {table}")[0][0] for table in ("document", "node")
            }
            by_relation = dict(
                self.database.execute(
                    "SELECT r.name, count(*) FROM edge e JOIN relation r ON r.id = e.rel GROUP BY r.id ORDER BY r.id"
                )
            )
            pages, page_size = (self.database.execute(f"PRAGMA {name}")[0][0] for name in ("page_count", "page_size"))
            return StoreStats(
                documents=counts["document"],
                nodes=counts["node"],
                edges=sum(by_relation.values()),
                edges_by_relation=by_relation,
                size_bytes=pages * page_size,
                embedder_id=self.embedder_id,
                dim=self.dim,
                vectors=self.precision,
                created=self._created,
                generation=self.generation(),
            )

    def integrity(self) -> tuple[str, ...]:
        """Check the whole file; return one description per problem."""
        return integrity_problems(self.database, self.dim)

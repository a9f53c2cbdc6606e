"""The memory on disk: nodes, edges, vectors, texts and documents in one SQLite file, which is the truth.

Reads are methods of :class:`Store`; writes go through ``with store.write() as writer``, one transaction each. The
tables are in ``schema.py``, what durability holds in ``database.py``.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from ..._core import KeySet
from ...errors import MemoryFileError
from ...records import Edge, EdgeMetadata, Node, NodeMetadata, Record
from . import erasure, full_text, schema
from .common_terms import Terms
from .database import Damaged, Database
from .degree import trim
from .identity import identity_of
from .schema_check import require_ours
from .writer import StoredDocument, Writer, now

# Terms of a full-text query beyond this number are not looked up: BM25 over a pasted page is slow and finds nothing
# that its first words do not.
MAX_QUERY_TERMS = 64
# Generations advance by a random step, so that two copies of one memory that were written to separately do not count
# alike: a snapshot of one is then not taken for a snapshot of the other. 2^63 / 2^20 leaves 2^43 transactions.
GENERATION_STRIDE = 1 << 20
MAX_GENERATION = 1 << 62
LOG_IS_LOST = "the change log does not know the memory's generation"
# SQLite takes 32,766 bound values in one statement; stay far below.
KEYS_PER_QUERY = 1000

_NODE = """
SELECT n.key, n.id, n.text, n.type, n.source, n.title, coalesce(d.uri, ''), n.position,
       n.timestamp, n.tags, n.language, n.domain, n.version, n.score
FROM node n LEFT JOIN document d ON d.key = n.document
"""


class StoreStats(Record):
    """What a memory holds."""

    documents: int
    nodes: int
    edges: int
    edges_by_relation: dict[str, int]
    size_bytes: int
    """Of the file, without its write-ahead log and without the index."""
    embedder_id: str
    dim: int
    created: str
    generation: int


class Store:
    """One open memory file. Usable from several threads."""

    def __init__(self, database: Database) -> None:
        """Wrap an open database that is known to be a memory; see :meth:`open` and :meth:`open_existing`."""
        self.database = database
        self.path = database.path
        self._terms = Terms(database)
        self.embedder_id, self.dim, self._created = identity_of(database)

    @classmethod
    def open(cls, path: Path, embedder_id: str, dim: int) -> Store:
        """Open the memory at ``path``, or make one there for vectors of ``dim`` from ``embedder_id``.

        Raises MemoryFileError if the file is no memory, is damaged or locked, or belongs to another embedder.
        """
        if not 1 <= dim <= schema.MAX_DIM or not embedder_id:
            raise ValueError(f"a memory needs an embedder id and a dimension from 1 to {schema.MAX_DIM}")
        database = Database(path)
        try:
            if database.read_only is None:
                with database.transaction("IMMEDIATE"):
                    if not database.execute("SELECT 1 FROM sqlite_master LIMIT 1") and _application_id(database) == 0:
                        _create(database, embedder_id, dim)
            store = cls._checked(database)
            if (store.embedder_id, store.dim) != (embedder_id, dim):
                raise MemoryFileError(
                    f"{path}: made with embedder {store.embedder_id} (dimension {store.dim}), but {embedder_id} "
                    f"(dimension {dim}) is set: choose that embedder again, or ingest into a new memory"
                )
        except BaseException:
            database.close()
            raise
        return store

    @classmethod
    def open_existing(cls, path: Path) -> Store:
        """Open a memory whatever its embedder. Raises MemoryFileError as :meth:`open`, and if there is none."""
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
        if _application_id(database) != schema.APPLICATION_ID:
            raise MemoryFileError(f"{database.path}: not a memory file: choose another path, or move this file away")
        version = database.execute("PRAGMA user_version")[0][0]
        if version == 1:
            require_ours(database, 1)
            with database.transaction("IMMEDIATE"):
                # Another process may have been faster.
                if database.execute("PRAGMA user_version")[0][0] == 1:
                    _upgrade(database)
            version = schema.SCHEMA_VERSION
        if version != schema.SCHEMA_VERSION:
            raise MemoryFileError(
                f"{database.path}: has format {version}, this sanderling reads format {schema.SCHEMA_VERSION}: "
                "use the sanderling that wrote it, or ingest into a new memory"
            )
        require_ours(database)
        database.use_wal()
        return cls(database)

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    # The generation of a memory is the newest one in its change log.

    def generation(self) -> int:
        """Return the number of the last committed transaction. It only grows, by steps of any size."""
        # By type first: a text is more than any number, and is then the greatest.
        ends = "SELECT (SELECT min(generation) FROM change), (SELECT max(generation) FROM change)"
        least, greatest = self.database.execute(ends)[0]
        if not (isinstance(least, int) and isinstance(greatest, int) and 0 <= least <= greatest <= MAX_GENERATION):
            raise Damaged(self.path, LOG_IS_LOST)
        return greatest

    def has_generation(self, generation: int) -> bool:
        """Whether everything that happened after ``generation`` is still in the change log."""
        return bool(self.database.execute("SELECT 1 FROM change WHERE generation = ? LIMIT 1", (generation,)))

    def forget_changes(self, before: int) -> None:
        """Drop the change log up to ``before``, a generation that a snapshot of the index has reached."""
        with self.database.transaction("IMMEDIATE"):
            self.database.execute(
                "DELETE FROM change WHERE generation < min(?, (SELECT max(generation) FROM change))", (before,)
            )

    @contextmanager
    def read(self) -> Iterator[None]:
        """Everything read inside is of one moment, whatever other processes commit meanwhile."""
        with self.database.transaction("DEFERRED"):
            yield

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """One transaction: committed at the end, undone entirely if anything is raised inside.

        Raises StorageFull when the disk is full, MemoryFileError when another process keeps the file locked.
        """
        with self.database.transaction("IMMEDIATE"):
            previous = self.generation()
            generation = previous + 1 + secrets.randbelow(GENERATION_STRIDE)
            self.database.execute("INSERT INTO change(generation) VALUES(?)", (generation,))
            writer = Writer(self.database, self.dim, generation, previous)
            yield writer
            trim(self.database, writer.linked)
            erasure.mark(self.database, generation)

    def nodes(self, keys: Iterable[int]) -> list[Node]:
        """Nodes in the order of ``keys``; those deleted meanwhile are left out."""
        wanted = [int(key) for key in keys]
        found: dict[int, Node] = {}
        for start in range(0, len(wanted), KEYS_PER_QUERY):
            part = wanted[start : start + KEYS_PER_QUERY]
            sql = f"{_NODE} WHERE n.key IN ({','.join('?' * len(part))})"
            found.update((row[0], _node(row)) for row in self.database.execute(sql, tuple(part)))
        return [found[key] for key in wanted if key in found]

    def edges(self, src: int) -> list[Edge]:
        """Edges that leave ``src``, in the order of relation and target."""
        rows = self.database.execute(
            "SELECT e.id, e.src, e.dst, r.name, e.weight, e.timestamp, e.created_by, e.confidence "
            "FROM edge e JOIN relation r ON r.id = e.rel WHERE e.src = ? ORDER BY e.rel, e.dst",
            (src,),
        )
        return [
            Edge(
                id=id_,
                src=src_,
                dst=dst,
                rel=rel,
                weight=weight,
                metadata=EdgeMetadata(timestamp=timestamp, created_by=created_by, confidence=confidence),
            )
            for id_, src_, dst, rel, weight, timestamp, created_by, confidence in rows
        ]

    def document(self, uri: str) -> StoredDocument | None:
        """Return the document read from ``uri``, if it is in the memory."""
        return next(self._documents("WHERE uri = ?", (uri,)), None)

    def documents(self) -> list[StoredDocument]:
        """All documents, in the order of their first ingest or last change."""
        return list(self._documents("ORDER BY key", ()))

    def _documents(self, where: str, values: tuple[object, ...]) -> Iterator[StoredDocument]:
        fields = StoredDocument.__struct_fields__
        for row in self.database.execute(f"SELECT {', '.join(fields)} FROM document {where}", values):
            yield StoredDocument(**dict(zip(fields, row, strict=True)))

    def document_nodes(self, document: int) -> list[int]:
        """Keys of a document's nodes, in reading order."""
        sql = "SELECT key FROM node WHERE document = ? ORDER BY position"
        return [row[0] for row in self.database.execute(sql, (document,))]

    def search_text(self, query: str, limit: int = 64, among: KeySet | None = None) -> list[tuple[int, float]]:
        """Find the nodes whose title or text shares words with ``query``: (key, BM25 score), best first.

        Any text is a valid query; it is cut into words, and the first 64 different ones are looked up, but for those
        that too many nodes have (:mod:`.common_terms`). ``among``: the only keys that may be found; None: all. Score: Okapi
        BM25 as computed by SQLite FTS5, sign turned so that more is better.
        """
        words = list(dict.fromkeys(word.lower() for word in re.findall(r"\w+", query)))[:MAX_QUERY_TERMS]
        if not words:
            return []
        match = " OR ".join(f'"{word}"' for word in self._terms.telling(words))
        sql = "SELECT rowid, -rank FROM node_text WHERE node_text MATCH ? ORDER BY rank"
        if among is None:
            return [(key, score) for key, score in self.database.execute(f"{sql} LIMIT ?", (match, limit))]
        with self.read():
            rows = (row for batch in self.database.batches(sql, (match,), KEYS_PER_QUERY) for row in batch)
            return list(islice(((key, score) for key, score in rows if key in among), limit))

    def telling(self, words: Sequence[str]) -> list[str]:
        """Return those of ``words``, in lower case, that are worth a full-text look-up (:mod:`.common_terms`)."""
        return self._terms.telling(words)

    def stats(self) -> StoreStats:
        """Count what the memory holds."""
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
                created=self._created,
                generation=self.generation(),
            )

    def integrity(self) -> tuple[str, ...]:
        """Check the file and what must hold between its tables; returns what is wrong, in words."""
        problems: list[str] = []
        read_only = self.database.read_only is not None
        with self.database.transaction("DEFERRED" if read_only else "IMMEDIATE"):
            # Several lines may come in one row, the first of them naming the database only.
            said = "\n".join(row[0] for row in self.database.execute("PRAGMA integrity_check"))
            problems += [line for line in said.splitlines() if line != "ok" and not line.startswith("***")]
            for row in self.database.execute("PRAGMA foreign_key_check"):
                problems.append(f"table {row[0]} points at a missing row of {row[2]}")
            for what, sql, values in _RULES:
                count = self.database.execute(sql, (self.dim,) if values else ())[0][0]
                if count:
                    problems.append(f"{count} {what}")
            if wrong := full_text.problem(self.database):
                problems.append(wrong)
        return tuple(problems)


# (what is wrong, query that counts it, whether it takes the dimension)
_RULES = (
    (
        "nodes without a vector",
        "SELECT count(*) FROM node WHERE key NOT IN (SELECT node FROM vector)",
        False,
    ),
    (
        "vectors of the wrong length",
        "SELECT count(*) FROM vector WHERE typeof(value) <> 'blob' OR length(value) <> 4 * ?",
        True,
    ),
    (
        "documents that are not complete",
        "SELECT count(*) FROM document d WHERE node_count <> (SELECT count(*) FROM node WHERE document = d.key) "
        "OR node_count <> (SELECT coalesce(max(position) + 1, 0) FROM node WHERE document = d.key)",
        False,
    ),
)


def _application_id(database: Database) -> int:
    return int(database.execute("PRAGMA application_id")[0][0])


def _create(database: Database, embedder_id: str, dim: int) -> None:
    _run_script(database, schema.TABLES)
    database.run_many("INSERT INTO relation(name, id) VALUES(?, ?)", list(schema.RELATIONS.items()))
    meta = {"embedder_id": embedder_id, "dim": str(dim), "created": now()}
    database.run_many("INSERT INTO meta(key, value) VALUES(?, ?)", list(meta.items()))
    database.execute("INSERT INTO change(generation) VALUES(?)", (1 + secrets.randbelow(GENERATION_STRIDE),))
    database.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION}")


def _upgrade(database: Database) -> None:
    """Bring format 1 to format 2. What was ingested before has no aliases, headings and entities until read again."""
    _run_script(database, schema.NAMES)
    number = schema.RELATIONS["shares_entity"]
    taken = database.execute("SELECT name FROM relation WHERE id = ?", (number,))
    if taken:
        # A user's relation has the number that is fixed now: it gets another.
        database.execute("UPDATE relation SET name = '' WHERE id = ?", (number,))
        other = database.insert("INSERT INTO relation(id, name) SELECT max(id) + 1, ? FROM relation", taken[0])
        database.execute("INSERT INTO change(generation) SELECT max(generation) + 1 FROM change")
        database.execute("UPDATE edge SET rel = ? WHERE rel = ?", (other, number))
        database.execute("UPDATE relation SET name = 'shares_entity' WHERE id = ?", (number,))
    else:
        database.execute("INSERT INTO relation(id, name) VALUES(?, 'shares_entity')", (number,))
    database.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION}")


def _run_script(database: Database, script: str) -> None:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            database.execute(statement)
            statement = ""


def _node(row: tuple[Any, ...]) -> Node:
    key, id_, text, type_, source, title, uri, position, timestamp, tags, language, domain, version, score = row
    return Node(
        key=key,
        id=id_,
        text=text,
        type=type_,
        source=source,
        title=title,
        uri=uri,
        position=position,
        metadata=NodeMetadata(
            timestamp=timestamp,
            tags=msgspec.json.decode(tags, type=tuple[str, ...]),
            language=language,
            domain=domain,
            version=version,
            score=score,
        ),
    )

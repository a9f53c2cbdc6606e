"""What is wrong with a memory mended, or taken out and said.

::

    pages, schema or cells damaged?  ──yes──► salvage into a new file ──► mend it ──► keep the old one aside,
          │                                                                  ▲        rename the new over it
          └──no──────────────► mend, one transaction ────────────────────────┘
                                                                      then: index compared, rebuilt where it differs

A repair that is killed leaves the memory as it was or as it is mended. Documents whose vectors are gone, or that are
not complete, have to be forgotten: the next ingest reads their files again, and what has no file (texts added by hand,
answers) is first written to a ``.jsonl`` file that ``sanderling ingest`` takes.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ...disk.files import content, create_private
from ...disk.whole_file import whole_file
from ...embedding.contract import Embedder
from ...errors import SanderlingError
from ...records import Node, NodeMetadata, Record
from ..index import MemoryIndex, index_path
from ..link.link import Linker
from ..store import full_text
from ..store.database import Database, is_damage, require_writable
from ..store.erasure import erase
from ..store.store import GENERATION_STRIDE, Store
from ..store.writer import StoredDocument
from .origin import FEW_VECTORS, measured_dim, origin_of
from .salvage import salvage
from .verification import (
    EDGES_OF_NO_INDEX,
    Verification,
    cell_problems,
    change_log_is_lost,
    flawed_vectors,
    index_problems,
    store_problems,
)

_ORPHANS = "document IS NOT NULL AND document NOT IN (SELECT key FROM document)"
# Rows that point at what is not there, what they are called, and which they are. Nodes first: theirs go with them.
_DANGLING = (
    ("node", "nodes of a lost document", _ORPHANS),
    ("vector", "vectors of no node", "node NOT IN (SELECT key FROM node)"),
    ("link", "links of no node", "node NOT IN (SELECT key FROM node)"),
    ("name", "names of no node", "node NOT IN (SELECT key FROM node)"),
    ("entity", "entities of no node", "node NOT IN (SELECT key FROM node)"),
    (
        "edge",
        "edges from, to or of nothing",
        "src NOT IN (SELECT key FROM node) OR dst NOT IN (SELECT key FROM node) "
        "OR rel NOT IN (SELECT id FROM relation)",
    ),
    ("edge", "edges that no index can hold", EDGES_OF_NO_INDEX),
)


class Repair(Record):
    """What a repair did."""

    actions: tuple[str, ...]
    """In words; nothing when nothing was wrong."""
    forgotten: tuple[str, ...]
    """Addresses of documents that have to be ingested again; nodes without a document by their id."""
    left: Verification
    """What is wrong still."""


def repair(path: Path, embedder: Callable[[], Embedder] | None = None) -> Repair:
    """Mend the memory at ``path``.

    ``embedder`` opens the one that is set, and is called only if the memory does not know any more what made its
    vectors; None: there is none.

    Raises MemoryFileError if it is no memory, is in use, or is damaged where nothing can be read; StorageFull if there
    is no room for a new file. Then the memory is as it was.
    """
    require_writable(path)
    # To the microsecond: a second repair must not write over what the first one kept.
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    aside = path.with_name(f"forgotten-{path.stem}-{stamp}.jsonl")
    actions: list[str] = []
    forgotten: tuple[str, ...] = ()
    if _must_be_made_anew(path):
        actions, forgotten = _replace(path, path.with_name(f"{path.name}.damaged-{stamp}"), aside, embedder)
    store = Store.open_existing(path)
    try:
        if store_problems(store):
            done, more = mend(store, aside)
            actions, forgotten = [*actions, *done], (*forgotten, *more)
            if unerased := erase(store.database):
                actions.append(unerased)
        problems = store_problems(store)
        index: tuple[str, ...] = ()
        if not problems and index_problems(store):
            actions += _rebuild_index(store)
            index = index_problems(store)
    finally:
        store.close()
    left = Verification(path=str(path), store=problems, index=index, notes=())
    return Repair(actions=tuple(actions), forgotten=forgotten, left=left)


def mend(store: Store, aside: Path) -> tuple[list[str], tuple[str, ...]]:
    """Make the tables agree with one another, in one transaction; returns what was done and what was forgotten.

    ``aside`` is where the texts of what is forgotten are written, if there are any that no file holds.
    """
    actions: list[str] = []
    database = store.database
    with database.transaction("IMMEDIATE"):
        if change_log_is_lost(store):
            database.execute("DELETE FROM change")
            # Far from small numbers, so that no snapshot is taken for one of this log.
            generation = GENERATION_STRIDE * (1 + secrets.randbelow(GENERATION_STRIDE))
            database.execute("INSERT INTO change(generation) VALUES(?)", (generation,))
            actions.append("the change log was started anew")
    flawed = {node for node, _ in flawed_vectors(store)}
    with store.write() as writer:
        # Before rows are deleted, whose triggers need an index that knows the texts.
        if full_text.problem(database):
            database.execute("INSERT INTO node_text(node_text) VALUES('rebuild')")
            actions.append("the full-text index was rebuilt")
        orphans = store.nodes(row[0] for row in database.execute(f"SELECT key FROM node WHERE {_ORPHANS}"))
        for table, what, which in _DANGLING:
            database.execute(f"DELETE FROM {table} WHERE {which}")
            count = database.execute("SELECT changes()")[0][0]
            if count:
                actions.append(f"{count} {what} removed")
        database.run_many("DELETE FROM vector WHERE node = ?", [(node,) for node in flawed])
        bare = database.execute("SELECT key FROM node WHERE key NOT IN (SELECT node FROM vector)")
        flawed.update(row[0] for row in bare)
        documents = [document for document in store.documents() if _must_go(store, document, flawed)]
        loose = [*orphans, *(node for node in store.nodes(sorted(flawed)) if not node.uri)]
        if documents or loose:
            kept = _keep_texts(store, documents, loose, aside)
            with Linker(store, None).change(writer) as change:
                for document in documents:
                    change.delete(document)
            writer.delete_nodes(node.key for node in loose)
            actions.append(
                f"{len(documents)} documents and {len(loose)} other nodes, whose vectors were lost or which were not "
                "complete, were forgotten: ingest their folders again"
            )
            if kept:
                actions.append(
                    f"{kept} of their texts are of no file that is known: they are in {aside}, to be ingested too"
                )
    return actions, (*(document.uri for document in documents), *(node.id for node in loose))


def _must_be_made_anew(path: Path) -> bool:
    """Whether something is wrong that is not mended where it stands: a page, the schema, a cell, what made vectors."""
    try:
        store = Store.open_existing(path)
        try:
            found = store.database.execute("PRAGMA integrity_check")
            # Later versions of SQLite check the full-text index here too, which can be made anew where it stands.
            if any(row[0] != "ok" and "fts5" not in row[0].lower() for row in found) or cell_problems(store):
                return True
            if not full_text.opens(store.database):
                return True
            return measured_dim(store.database, FEW_VECTORS) not in (0, store.dim)
        finally:
            store.close()
    except SanderlingError as error:
        if is_damage(error):
            return True
        raise


def _replace(
    path: Path, kept: Path, aside: Path, embedder: Callable[[], Embedder] | None
) -> tuple[list[str], tuple[str, ...]]:
    """Put a new file with what can be read of ``path`` in its place; the damaged one is then at ``kept``."""
    work = path.with_name(f"{path.name}.salvaged")
    _remove(work)
    damaged = Database(path, broken=True)
    try:
        # Nobody else may write to a file about to be replaced; this fails while anyone has it open. Its log must be
        # inside of it before, or SQLite would take it for the new file's.
        damaged.execute("PRAGMA locking_mode = EXCLUSIVE")
        damaged.execute("PRAGMA journal_mode = DELETE")
        identity, lost = origin_of(damaged, embedder)
        store, mended = salvage(damaged, work, identity)
        try:
            actions, forgotten = mend(store, aside)
            stats = store.stats()
        finally:
            store.close()
        shutil.copymode(path, work)
        _flush(work)
        _keep(path, kept)
        work.replace(path)
        _flush(path.parent)
    except BaseException:
        _remove(work)
        raise
    finally:
        damaged.close()
    said = (
        f"the file was damaged: {stats.documents} documents, {stats.nodes} nodes and {stats.edges} edges were read out "
        f"of it into a new one; the damaged file is kept as {kept}"
    )
    return [said, *filter(None, [lost]), *mended, *actions], forgotten


def _keep(path: Path, kept: Path) -> None:
    """Give a file a second name, so that at no moment there is none under the first."""
    try:
        kept.hardlink_to(path)
    except FileExistsError:
        raise
    except OSError:
        # Not every file system of an SD card or a USB stick knows links. Closing the copied file gives up SQLite's lock
        # on it (POSIX locks belong to the process), for the moment until the rename.
        create_private(kept)
        shutil.copy2(path, kept)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(database: Path) -> None:
    # A log without its database would be taken for that of the next one of this name: the logs go first.
    for suffix in ("-wal", "-shm", "-journal", ""):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def _must_go(store: Store, document: StoredDocument, flawed: set[int]) -> bool:
    nodes = store.database.execute(
        "SELECT key, position FROM node WHERE document = ? ORDER BY position", (document.key,)
    )
    whole = [position for _, position in nodes] == list(range(document.node_count))
    return not whole or any(key in flawed for key, _ in nodes)


def _keep_texts(store: Store, documents: Iterable[StoredDocument], loose: Iterable[Node], path: Path) -> int:
    """Write the texts about to be forgotten that no file holds, one JSON value a line; returns how many."""
    lines: list[dict[str, object]] = []
    for document in documents:
        # A line of a file is addressed as FILE#ID.
        if not Path(document.uri.partition("#")[0]).is_file():
            nodes = store.nodes(store.document_nodes(document.key))
            text = "\n\n".join(node.text for node in nodes)
            # All nodes of a document have its metadata.
            metadata = nodes[0].metadata if nodes else NodeMetadata()
            lines.append({"_id": document.uri, "title": document.title, "text": text, "metadata": metadata})
    lines += [{"_id": node.id, "title": node.title, "text": node.text, "metadata": node.metadata} for node in loose]
    lines = [line for line in lines if line["text"]]
    if lines:
        # What an earlier step of the same repair kept is there already.
        before = content(path) if path.exists() else b""
        with whole_file(path, private=True) as file:
            file.write(before)
            file.writelines(msgspec.json.encode(line) + b"\n" for line in lines)
    return len(lines)


def _rebuild_index(store: Store) -> list[str]:
    index_path(store.path).unlink(missing_ok=True)
    index = MemoryIndex(store)
    index.save()
    if not index.saved:
        return index.warnings
    return [f"the index was rebuilt: {len(index)} nodes, {index.edge_count} edges"]

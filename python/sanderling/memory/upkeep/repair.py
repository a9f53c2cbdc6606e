"""Repair a damaged memory: mend what is possible, remove and report the rest.

::

    pages, schema or cells damaged?  ──yes──► salvage into a new file ──► mend it ──► keep the old one aside,
          │                                                                  ▲        rename the new over it
          └──no──────────────► mend, one transaction ────────────────────────┘
                                                                      then: index compared, rebuilt if it differs

A killed repair leaves the memory unmended or mended, never between. Documents that lost vectors or nodes are deleted,
so that the next ingest reads their files again. Texts that no file holds (added by hand, or answers) are first written
to a ``.jsonl`` file that ``sanderling ingest`` reads.
"""

from __future__ import annotations

import os
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
from ..store.change_log import change_log_is_lost, restart_change_log
from ..store.dangling import delete_vectors, nodes_without_vector, orphans, positions, remove_dangling
from ..store.database import Database, is_damage, require_writable
from ..store.salvaged_rows import lock_for_replacement, pages_are_damaged
from ..store.store import Store
from ..store.writer import StoredDocument
from .origin import FEW_VECTORS, measured_dim, origin_of
from .salvage import salvage
from .verification import (
    Verification,
    cell_problems,
    flawed_vectors,
    index_problems,
    store_problems,
)


class Repair(Record):
    """The result of a repair."""

    actions: tuple[str, ...]
    """One sentence per action; empty if nothing was wrong."""
    forgotten: tuple[str, ...]
    """Addresses of documents to ingest again, and ids of deleted nodes without a document."""
    left: Verification
    """Problems that remain."""


def repair(path: Path, embedder: Callable[[], Embedder] | None = None) -> Repair:
    """Repair the memory at ``path``.

    ``embedder`` opens the configured embedder, and is called only if the memory has lost what made its vectors; None:
    there is none.

    Raises MemoryFileError if the file is no memory, is in use, or is damaged beyond reading; StorageFull if the disk
    lacks room for a new file. In all these cases the memory is unchanged.
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
            if unerased := store.erase():
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
    """Make the tables consistent; return the actions taken, and what was deleted, by address or id.

    Texts of forgotten documents and nodes that no file holds are written to ``aside``.
    """
    actions: list[str] = []
    database = store.database
    with database.transaction("IMMEDIATE"):
        if change_log_is_lost(store):
            restart_change_log(store)
            actions.append("the change log was started anew")
    flawed = {node for node, _ in flawed_vectors(store)}
    with store.write() as writer:
        # Before rows are deleted: the triggers of a deletion need an index that matches the texts.
        if full_text.problem(database):
            full_text.rebuild(database)
            actions.append("the full-text index was rebuilt")
        lost = store.nodes(orphans(store))
        actions += [f"{count} {what} removed" for count, what in remove_dangling(store)]
        delete_vectors(store, flawed)
        flawed.update(nodes_without_vector(store))
        documents = [document for document in store.documents() if _must_go(store, document, flawed)]
        loose = [*lost, *(node for node in store.nodes(sorted(flawed)) if not node.uri)]
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
    """Whether the file must be rebuilt: a page, the schema, a cell or the stated dimension is damaged.

    Such damage cannot be mended in place.
    """
    try:
        store = Store.open_existing(path)
        try:
            if pages_are_damaged(store.database) or cell_problems(store):
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
    """Replace the file at ``path`` with a new one of all readable rows; keep the damaged file as ``kept``."""
    work = path.with_name(f"{path.name}.salvaged")
    _remove(work)
    damaged = Database(path, broken=True)
    try:
        # Nobody else may write to a file about to be replaced; this fails while anyone has it open. Its log must be
        # folded into it first, or SQLite would take the log for the new file's.
        lock_for_replacement(damaged)
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
    """Keep the file at ``path`` under a second name, ``kept``. ``path`` is never removed."""
    try:
        kept.hardlink_to(path)
    except FileExistsError:
        raise
    except OSError:
        # File systems of SD cards and USB sticks may not support hard links. Closing the copied file releases SQLite's
        # lock on it (POSIX locks belong to the process) until the rename.
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
    nodes = positions(store, document.key)
    whole = [position for _, position in nodes] == list(range(document.node_count))
    return not whole or any(key in flawed for key, _ in nodes)


def _keep_texts(store: Store, documents: Iterable[StoredDocument], loose: Iterable[Node], path: Path) -> int:
    """Save the texts to be deleted that exist in no file to ``path``, as JSON lines; return their number."""
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
        # An earlier step of the same repair may have written to it already.
        before = content(path) if path.exists() else b""
        with whole_file(path, private=True) as file:
            file.write(before)
            file.writelines(msgspec.json.encode(line) + b"\n" for line in lines)
    return len(lines)


def _rebuild_index(store: Store) -> list[str]:
    index_path(store.path).unlink(missing_ok=True)
    store.words.discard()
    index = MemoryIndex(store)
    index.save()
    if not index.saved:
        return index.warnings
    return [f"the index was rebuilt: {len(index)} nodes, {index.edge_count} edges"]

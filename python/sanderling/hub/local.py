"""Reads a memory's units: their fingerprints, and the content to send.

A note under ``never_leave`` is left out of both: of it only domain, tags and address are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from ..memory.store.exchange import links_of, names_of
from ..memory.store.store import Store
from ..memory.store.units import documents_at, kept_vectors, loose_nodes, made_edges, nodes_of_documents, owners
from ..privacy_rules import PrivacyRules
from .drawn import LINKER
from .tables.rows import Sent
from .unit import Content, MadeEdge, Piece, UnitKey, Version, encoded

DOCUMENTS_AT_ONCE = 200


class Held(NamedTuple):
    """A unit's state in the memory."""

    fingerprint: bytes
    time: float
    """Time when the unit was made, in seconds since 1970; 0: unknown."""
    row: int
    """Row key of the document or note; 0 for an edge."""
    domains: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Local(NamedTuple):
    """All units of a memory at one generation."""

    generation: int
    units: dict[UnitKey, Held]
    edges: dict[UnitKey, MadeEdge]
    private: frozenset[UnitKey]
    """Units that must stay on the device. They are documents, notes, and the edges at either."""
    private_nodes: int


def local_units(store: Store, rules: PrivacyRules) -> Local:
    """Return the memory's units that may be sent to the hub. All are read from one state."""
    with store.read():
        documents: dict[int, tuple[list[str], list[str]]] = {}
        notes: dict[int, tuple[list[str], list[str]]] = {}
        private: set[UnitKey] = set()
        private_nodes: set[int] = set()
        for (document, name), group in groupby(owners(store), key=lambda row: row[:2]):
            nodes = list(group)
            uri = name if document is not None else ""
            if rules and any(
                rules.covers(node.domain, node.tags, uri) or rules.covers_author(node.source, node.type)
                for node in nodes
            ):
                private.add(UnitKey("note" if document is None else "document", name))
                private_nodes.update(node.key for node in nodes)
                continue
            about = (
                list(dict.fromkeys(node.domain for node in nodes if node.domain)),
                list(dict.fromkeys(tag for node in nodes for tag in node.tags)),
            )
            if document is None:
                notes[nodes[0].key] = about
            else:
                documents[document] = about
        units: dict[UnitKey, Held] = {}
        for key, row, content in _contents(store, list(documents), list(notes)):
            domains, tags = documents[row] if key.kind == "document" else notes[row]
            made = content.ingested_at if key.kind == "document" else content.pieces[0].timestamp
            units[key] = Held(content.fingerprint, seconds(made), row, tuple(domains), tuple(tags))
        edges: dict[UnitKey, MadeEdge] = {}
        for *fields, src, dst in made_edges(store):
            edge = MadeEdge(*fields)
            key = UnitKey("edge", edge.name)
            if src in private_nodes or dst in private_nodes:
                private.add(key)
                continue
            edges[key] = edge
            units[key] = Held(edge.fingerprint, seconds(edge.timestamp), 0)
        return Local(store.generation(), units, edges, frozenset(private), len(private_nodes))


def sent(store: Store, local: Local, versions: Sequence[tuple[UnitKey, Version]]) -> Iterator[Sent]:
    """Yield each of the given units with its content. A unit that has changed since ``local`` was read is left out."""
    wanted = dict(versions)
    for key, version in versions:
        if version.deleted:
            yield Sent(key, version)
        elif key.kind == "edge":
            yield Sent(key, version, payload=encoded(local.edges[key]))
    rows = {key: local.units[key].row for key, version in versions if not version.deleted and key.kind != "edge"}
    documents = [row for key, row in rows.items() if key.kind == "document"]
    notes = [row for key, row in rows.items() if key.kind == "note"]
    with store.read():
        for key, row, content in _contents(store, documents, notes):
            held = local.units.get(key)
            if held is None or rows.get(key) != row or content.fingerprint != wanted[key].fingerprint:
                continue
            nodes = store.document_nodes(row) if key.kind == "document" else [row]
            kept = kept_vectors(store, nodes)
            yield Sent(
                key,
                wanted[key],
                held.domains,
                held.tags,
                f"{store.embedder_id} {store.dim}",
                len(nodes),
                encoded(content),
                msgspec.msgpack.encode([kept.get(node, b"") for node in nodes]),
            )


def digest(local: Local, embedder: str) -> bytes:
    """Return a digest of everything that determines the memory's drawn edges.

    The linking rules, ``embedder`` and the documents.
    """
    sums = sha256(f"{LINKER} {embedder}".encode())
    for key, held in sorted(local.units.items()):
        if key.kind == "document":
            sums.update(key.digest + held.fingerprint)
    return sums.digest()


def seconds(moment: str) -> float:
    """Return an ISO 8601 time as seconds since 1970; 0.0 if it is malformed."""
    try:
        return datetime.fromisoformat(moment).timestamp() if moment else 0.0
    except (ValueError, OverflowError, OSError):
        return 0.0


def _contents(store: Store, documents: Sequence[int], notes: Sequence[int]) -> Iterator[tuple[UnitKey, int, Content]]:
    """Yield (unit, row, content) of ``documents`` and of ``notes``. Only inside ``store.read()``."""
    for part in _parts(documents):
        known = documents_at(store, part)
        for document, rows in groupby(_nodes(store, nodes_of_documents(store, part)), key=lambda pair: pair[0]):
            about = known[document]
            pieces = tuple(piece for _, _, piece in rows)
            content = Content(about.title, about.content_hash, about.ingested_at, pieces)
            yield UnitKey("document", about.uri), document, content
    for part in _parts(notes):
        for _, key, piece in _nodes(store, loose_nodes(store, part)):
            yield UnitKey("note", piece.id), key, Content("", "", "", (piece,))


def _nodes(store: Store, rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, int, Piece]]:
    keys = [row[1] for row in rows]
    names, links = names_of(store, keys), links_of(store, keys)
    for document, key, id_, text, title, type_, source, timestamp, tags, *rest in rows:
        aliases, headings = names.get(key, ((), ()))
        listed = msgspec.json.decode(tags, type=tuple[str, ...])
        to = links.get(key, ())
        # The rest are the six columns of the query after the tags, in the order of the fields.
        piece = Piece(id_, text, title, type_, source, timestamp, listed, *rest, aliases, headings, to)  # type: ignore[call-arg]
        yield document, key, piece


def _parts(keys: Sequence[int]) -> Iterable[Sequence[int]]:
    return (keys[first : first + DOCUMENTS_AT_ONCE] for first in range(0, len(keys), DOCUMENTS_AT_ONCE))

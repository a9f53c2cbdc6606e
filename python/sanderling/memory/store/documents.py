"""Look up names, addresses, nodes and links of documents, for drawing edges."""

from __future__ import annotations

from collections.abc import Iterable

from ...text.name_trie import Name, Place
from ...text.wikilink import MARK
from .database import json_array
from .store import Store

_NAMES = (
    "SELECT title, 0, key, 0 FROM document {of_document} UNION ALL "
    "SELECT e.text, e.heading, n.document, n.position FROM name e JOIN node n ON n.key = e.node "
    "WHERE n.document {of_node}"
)
_OF_ALL = _NAMES.format(of_document="", of_node="IS NOT NULL")
_OF_ONE = _NAMES.format(of_document="WHERE key = ?1", of_node="= ?1")
_ADDRESSES = (
    "SELECT n.key, d.uri, n.position, d.key FROM node n JOIN document d ON d.key = n.document "
    "WHERE n.key IN (SELECT value FROM json_each(?))"
)


def document_names(store: Store, document: int | None = None) -> list[tuple[Name, Place]]:
    """Return (name, place) of each title, alias and heading of ``document``; None: of all documents."""
    rows = store.database.execute(*((_OF_ALL, ()) if document is None else (_OF_ONE, (document,))))
    return [(Name(text, bool(heading)), Place(owner, position)) for text, heading, owner, position in rows]


def addresses(store: Store, nodes: Iterable[int]) -> dict[int, tuple[str, int, int]]:
    """Return each node's document address, position in the document, and document key.

    Nodes without a document are left out.
    """
    listed = list(nodes)
    rows = store.database.execute(_ADDRESSES, (json_array(listed),)) if listed else ()
    return {key: (uri, position, document) for key, uri, position, document in rows}


def nodes_at(store: Store, place: Place) -> list[int]:
    """Return a list with the node at ``place``; an empty list if the document is gone."""
    rows = store.database.execute("SELECT key FROM node WHERE document = ? AND position = ?", place)
    return [key for (key,) in rows]


def nodes_linking_to(store: Store, uri: str) -> list[int]:
    """Return the nodes whose texts link to the address ``uri``."""
    return [node for (node,) in store.database.execute("SELECT node FROM link WHERE target = ?", (uri,))]


def linked_from(store: Store, node: int) -> list[tuple[str, int | None]]:
    """Return (target, document) of each link in the text of ``node``.

    None instead of the document: none in the memory has that address, as where the link names a note.
    """
    sql = "SELECT l.target, d.key FROM link l LEFT JOIN document d ON d.uri = l.target WHERE l.node = ?"
    return store.database.execute(sql, (node,))


def uris_of_nodes(store: Store) -> list[tuple[int, str]]:
    """Return (node, address of its document) for every node that has a document."""
    return store.database.execute("SELECT n.key, d.uri FROM node n JOIN document d ON d.key = n.document")


def document_uris(store: Store) -> list[tuple[int, str]]:
    """Return (document, address) of every document."""
    return store.database.execute("SELECT key, uri FROM document")


def uri_of(store: Store, document: int) -> str:
    """Return the address of a document; "" if the document is gone."""
    rows = store.database.execute("SELECT uri FROM document WHERE key = ?", (document,))
    return str(rows[0][0]) if rows else ""


def named_targets(store: Store) -> list[str]:
    """Return the distinct targets of all links that name a note (:mod:`sanderling.text.wikilink`)."""
    bounds = (MARK, MARK[:-1] + chr(ord(MARK[-1]) + 1))
    sql = "SELECT DISTINCT target FROM link WHERE target >= ? AND target < ?"
    return [target for (target,) in store.database.execute(sql, bounds)]


def links_naming(store: Store, name: str) -> list[tuple[int, str, str]]:
    """Return (node, target, document's address) of each link that uses the note name ``name``."""
    # "$" is the character after "#", which ends the name.
    sql = (
        "SELECT l.node, l.target, d.uri FROM link l JOIN node n ON n.key = l.node "
        "JOIN document d ON d.key = n.document WHERE l.target >= ? AND l.target < ?"
    )
    return store.database.execute(sql, (f"{MARK}{name}#", f"{MARK}{name}$"))


def headings_of(store: Store, document: int) -> list[tuple[str, int]]:
    """Return (heading, node's position) for each heading of ``document``, in order."""
    sql = (
        "SELECT e.text, n.position FROM name e JOIN node n ON n.key = e.node "
        "WHERE n.document = ? AND e.heading = 1 ORDER BY n.position"
    )
    return store.database.execute(sql, (document,))


def documents_nodes(store: Store, documents: Iterable[int]) -> dict[int, list[int]]:
    """Return the node keys of each of ``documents``, unordered; none for a deleted document."""
    found: dict[int, list[int]] = {}
    sql = "SELECT document, key FROM node WHERE document IN (SELECT value FROM json_each(?))"
    for document, key in store.database.execute(sql, (json_array(documents),)):
        found.setdefault(document, []).append(key)
    return found


def document_of_nodes(store: Store) -> dict[int, int]:
    """Return the document of every node that belongs to a document."""
    return dict(store.database.execute("SELECT key, document FROM node WHERE document IS NOT NULL"))

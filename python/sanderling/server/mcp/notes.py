"""Describes notes in the results of the MCP tools."""

from __future__ import annotations

from typing import Any

from ...memory.store import description
from ...memory.store.store import Store
from ...records import SourceNote
from ..citations import url, url_of
from ..refusal import Refused

EXCERPT = 1_200
"""Maximum number of characters of a note in a list of results."""


def result(source: SourceNote, *, local: bool) -> dict[str, Any]:
    """Return a note as one entry in a list of results. ``local``: whether the client is on this machine."""
    cut = len(source.text) > EXCERPT
    return {
        "id": source.node_id,
        "title": source.title or source.uri or source.node_id,
        "url": url(source, local=local),
        "text": f"{source.text[: EXCERPT - 1]}…" if cut else source.text,
        "score": round(source.score, 4),
    }


def described(store: Store, id: str) -> description.Description:
    """Return the description of a note. Raises Refused for an id of no note."""
    found = description.describe_node(store, id)
    if found is None:
        raise Refused(404, "not_found", f"the memory holds no note {id[:100]!r}: take ids from search", param="id")
    return found


def whole(store: Store, id: str, *, local: bool) -> dict[str, Any]:
    """Return a note with its whole text and its neighbours in the document. Raises Refused."""
    with store.read():
        found = described(store, id)
        node = found.nodes[0]
        document = description.describe_document(store, found.uri) if found.uri else None
    ids = [each.id for each in document.nodes] if document else [node.id]
    at = ids.index(node.id)
    return {
        "id": node.id,
        "title": found.title or found.uri or node.id,
        "text": node.text,
        "url": url_of(found.uri, node.id, local=local),
        "metadata": {
            "type": node.type,
            "source": node.source,
            "uri": found.uri,
            "date": found.date,
            "tags": list(found.tags),
            "domain": found.domain,
            "language": found.language,
            "part": at + 1,
            "parts": len(ids),
            "previous": ids[at - 1] if at else None,
            "next": ids[at + 1] if at + 1 < len(ids) else None,
        },
    }

"""The routes of the memory: search, notes, ingest and counts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ...filter import Filter
from ...memory.store import description
from ...ranges import Range
from ...records import NodeSource, NodeType
from ..answering import watched
from ..body import read_body
from ..citations import url_of
from ..refusal import Refused
from ..service import Service
from ..wire.detail import note
from ..wire.documented import SOME, WORDS, bounded
from ..wire.options import refuse_number
from .common import caller, json

RESULTS = Range(1, 100)
MAX_TEXT = 1_000_000


class SearchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``/v1/memory/search``."""

    query: Annotated[str, WORDS]
    limit: Annotated[int, bounded(RESULTS)] = 10
    filter: Filter | None = None


class NoteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``POST /v1/memory/notes``."""

    text: Annotated[str, WORDS]
    title: str = ""
    tags: list[str] = []
    type: NodeType = "memory"
    source: NodeSource = "user"
    domain: str = ""
    date: str = ""
    relation: str = "cites"
    to: list[str] = []
    """Notes to which this note refers. Each by its id, the beginning of its id, a path, or an address."""


class IngestRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``/v1/memory/ingest``."""

    paths: Annotated[list[str], SOME]
    """Absolute paths of files and folders on this machine."""
    exclude: list[str] = []
    prune: bool = False
    domain: str = ""
    tags: list[str] = []


async def search(service: Service, request: Request) -> Response:
    """Return the notes found for a question, best first. No model is called."""
    body = await read_body(request, SearchRequest)
    refuse_number("limit", body.limit, RESULTS)
    warnings: list[str] = []

    def found() -> Any:
        return service.runtime.search(body.query, filter=body.filter, warn=warnings.append)

    sources = await watched(service.read(found), request)
    local = caller(request).local
    results = [note(source, local=local) for source in sources[: body.limit]]
    return json({"object": "list", "results": results, "total": len(sources), "warnings": warnings})


async def show(service: Service, request: Request) -> Response:
    """Return a note with its edges and the texts of its document."""
    id, store, local = request.path_params["id"], service.runtime.memory.store, caller(request).local

    def found() -> tuple[description.Description | None, description.Description | None]:
        node = description.describe_node(store, id)
        return node, description.describe_document(store, node.uri) if node and node.uri else node

    one, whole = await service.read(found)
    if one is None or whole is None:
        raise Refused(404, "not_found", f"the memory holds no note {id[:100]}", param="id")
    node = one.nodes[0]
    return json(
        {
            **{name: getattr(node, name) for name in ("id", "type", "source", "position", "text")},
            **{name: getattr(one, name) for name in ("title", "uri", "aliases", "date", "tags", "language", "domain")},
            "url": url_of(one.uri, node.id, local=local),
            "edges": node.edges,
            "document": [{"id": each.id, "position": each.position, "text": each.text} for each in whole.nodes],
        }
    )


async def add(service: Service, request: Request) -> Response:
    """Store a text as a note."""
    body = await read_body(request, NoteRequest)
    if len(body.text) > MAX_TEXT:
        raise Refused(400, "invalid_value", f"a note has at most {MAX_TEXT:,} characters", param="text")
    node = await service.write(
        lambda: service.runtime.give(
            body.text,
            type=body.type,
            source=body.source,
            title=body.title,
            tags=body.tags,
            domain=body.domain,
            date=body.date,
            relation=body.relation,
            to=body.to,
        )
    )
    return json(node, status=201)


async def forget(service: Service, request: Request) -> Response:
    """Forget a note and its whole document. No file is touched."""
    id = request.path_params["id"]
    if await service.read(lambda: description.describe_node(service.runtime.memory.store, id)) is None:
        raise Refused(404, "not_found", f"the memory holds no note {id[:100]}", param="id")
    done = await service.write(lambda: service.runtime.forget(id))
    return json({"id": id, "deleted": True, "uris": done.uris, "still_there": done.still_there, "nodes": done.nodes})


async def ingest(service: Service, request: Request) -> Response:
    """Read files and folders on this machine into the memory."""
    body = await read_body(request, IngestRequest)
    if not caller(request).local:
        raise Refused(403, "not_local", "only programs of this machine may have its files read")
    relative = [path for path in body.paths if not Path(path).is_absolute()]
    if relative or not body.paths:
        raise Refused(400, "invalid_value", "name absolute paths of files or folders", param="paths")
    report = await service.write(
        lambda: service.runtime.add(
            *body.paths,
            prune=body.prune,
            exclude=body.exclude,
            domain=body.domain,
            tags=body.tags,
            on_progress=lambda progress: service.check_running(),
        )
    )
    return json(report)


async def stats(service: Service, request: Request) -> Response:
    """Return the counts and sizes of the memory."""
    return json(await service.read(service.runtime.memory.stats))

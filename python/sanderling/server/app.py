"""Builds the ASGI application from the route table and the protection middleware.

Every error has the format of the OpenAI API.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import MemoryFileError
from .answering import ClientGone, Stream
from .mcp.mount import PATH as MCP_PATH
from .mcp.mount import McpDoor
from .openapi import document
from .protection import Protection
from .refusal import Refusal, outcome_of, refusal_of
from .routes.command import ROOT as COMMAND_ROOT
from .routes.entry import Entry
from .routes.table import COMMAND_TABLE, TABLE
from .service import Service

Endpoint = Callable[[Request], Awaitable[Response]]


def application(service: Service, table: Sequence[Entry] = TABLE) -> ASGIApp:
    """Return the ASGI application of ``service``."""
    service.document = msgspec.json.encode(document(table))
    keyless = {entry.path for entry in table if entry.keyless}
    handlers: dict[str, dict[str, Endpoint]] = {}
    for each in (*table, *COMMAND_TABLE):
        handlers.setdefault(each.path, {})[each.method] = _endpoint(service, each)
    routes = [Route(path, _by_method(methods), methods=list(methods)) for path, methods in handlers.items()]
    # As a class instance it is an ASGI application of its own.
    door = Route(MCP_PATH, McpDoor(service), methods=["GET", "POST", "DELETE"])
    inner = Starlette(routes=[*routes, door], exception_handlers={404: _absent, 405: _absent})
    inner.router.redirect_slashes = False

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in keyless:  # who asks for its health does not keep it alive
            await inner(scope, receive, send)
            return
        with service.busy():
            try:
                if scope["path"] != COMMAND_ROOT:  # a command learns there that it has to do without the service
                    service.check_memory()
            except MemoryFileError as error:
                await refusal_of(error).response()(scope, receive, send)
                return
            await inner(scope, receive, send)

    return Protection(counted, service.settings, lambda path: path in keyless)


def _by_method(methods: dict[str, Endpoint]) -> Endpoint:
    """Return one endpoint for all methods of a path. So a refusal can list the allowed methods."""

    async def handle(request: Request) -> Response:
        return await methods["GET" if request.method == "HEAD" else request.method](request)

    return handle


def _endpoint(service: Service, entry: Entry) -> Endpoint:
    async def handle(request: Request) -> Response:
        began_s = time.perf_counter()

        def ended(outcome: str, model: str) -> None:
            service.metrics.ended(entry.path, model, outcome, time.perf_counter() - began_s)

        try:
            response = await entry.handler(service, request)
        except ClientGone:
            response = Response(status_code=499)  # to nobody
        except Exception as error:
            response = refusal_of(error).response()
            error.__traceback__ = None  # its frames hold the generation, which holds the error
        if isinstance(response, Stream):
            response.ended = ended
        else:
            cached = response.headers.get("x-sanderling-path") == "cache"
            outcome = "cached" if cached else outcome_of(response.status_code)
            ended(outcome, response.headers.get("x-sanderling-model", ""))
        return response

    return handle


async def _absent(request: Request, error: Any) -> Response:
    status, path = error.status_code, request.url.path[:200]
    code = "not_found" if status == 404 else "method_not_allowed"
    message = f"there is no {request.method} {path} here: see /openapi.json"
    response = Refusal(status, code, message).response()
    response.headers.update(error.headers or {})
    return response

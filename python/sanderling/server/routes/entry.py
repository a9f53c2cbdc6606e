"""An entry of the route table.

The routes, the keyless paths and the OpenAPI document are made from the entries.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from ..service import Service

Handler = Callable[[Service, Request], Awaitable[Response]]


class Entry(NamedTuple):
    """One HTTP method of one path, with its handler."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    handler: Handler
    summary: str
    """Description of the route, in one clause."""
    body: type[Any] | None = None
    """Type of the JSON body; None if there is no body."""
    keyless: bool = False
    """Whether the route may be called without a key."""
    streams: bool = False
    """Whether the body may ask for a stream of events."""
    status: int = 200
    media: str = "application/json"
    query: tuple[str, ...] = ()
    """Names of the query parameters."""

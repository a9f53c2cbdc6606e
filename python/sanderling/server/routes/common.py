"""Helpers shared by the handlers."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ..protection import CALLER, Caller

_encode = msgspec.json.Encoder().encode


def caller(request: Request) -> Caller:
    """Return who sent a request."""
    found: Caller = request.scope[CALLER]
    return found


def json(value: Any, headers: dict[str, str] | None = None, status: int = 200) -> Response:
    """Return a JSON response."""
    return Response(_encode(value), status, headers, "application/json")

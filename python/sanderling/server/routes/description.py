"""The route that returns the OpenAPI document."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..service import Service


async def openapi(service: Service, request: Request) -> Response:
    """Return the OpenAPI document."""
    return Response(service.document, media_type="application/json")

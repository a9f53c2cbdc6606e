"""The routes that explain the router's choices and accept ratings."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ... import ranges
from ...filter import Filter
from ...records import Privacy
from ..answering import watched
from ..body import read_body
from ..service import Service
from ..wire.documented import WORDS
from ..wire.options import refuse_number
from .common import json


class RouteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``/v1/route``."""

    question: Annotated[str, WORDS]
    budget_ms: float | None = None
    privacy: Privacy | None = None
    filter: Filter | None = None


class FeedbackRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``/v1/feedback``."""

    request_id: str
    score: float | Literal["up", "down"]
    """Rating from 1 to 5; ``up`` is 5, ``down`` is 1."""


async def route(service: Service, request: Request) -> Response:
    """Return the model that a question would get, and the reason. The model is not loaded."""
    body = await read_body(request, RouteRequest)
    refuse_number("budget_ms", body.budget_ms, ranges.BUDGET_MS)
    runtime = service.runtime
    found = await watched(
        service.read(
            lambda: runtime.explain(body.question, budget_ms=body.budget_ms, privacy=body.privacy, filter=body.filter)
        ),
        request,
    )
    return json({**msgspec.to_builtins(found), "waiting": service.queue.waiting})


async def feedback(service: Service, request: Request) -> Response:
    """Record a person's rating of an answer. The router learns from it."""
    body = await read_body(request, FeedbackRequest)
    await service.read(lambda: service.runtime.rate(body.request_id, body.score))
    return json({"request_id": body.request_id, "score": body.score})

"""The routes for the service's health, readiness and metrics."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...errors import SanderlingError
from ..metrics import CONTENT_TYPE
from ..refusal import Refusal
from ..service import Service
from .common import json


async def health(service: Service, request: Request) -> Response:
    """Confirm that the process answers. Models are loaded by the first question."""
    return json({"status": "ok"})


async def metrics(service: Service, request: Request) -> Response:
    """Return the metrics in Prometheus's text format."""
    return Response(await service.read(service.metrics.text), headers={"content-type": CONTENT_TYPE})


async def ready(service: Service, request: Request) -> Response:
    """Return whether a question could be answered now. If not, the reply has the reason and the status 503."""
    try:
        service.check_memory()
        await service.read(service.runtime.memory.store.generation)
        models = service.runtime.models
    except SanderlingError as error:
        return Refusal(503, "memory_file", str(error), None, False).response()
    if not models:
        return Refusal(503, "model_unavailable", "no model is here", None, False).response()
    return json({"status": "ready", "waiting": service.queue.waiting})

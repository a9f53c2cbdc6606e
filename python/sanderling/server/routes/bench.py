"""The route that reports this device's last benchmark."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...device.last_benchmark import last_benchmark
from ..service import Service
from .common import json


async def bench(service: Service, request: Request) -> Response:
    """Return the main figures of the last ``sanderling bench``. ``report`` is null if there is none."""
    return json({"report": await service.read(last_benchmark)})

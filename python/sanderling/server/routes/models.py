"""The routes that list the models."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..service import Service
from ..targets import described, target_of
from .common import json


async def models(service: Service, request: Request) -> Response:
    """Return all models that a client may name."""
    here = await service.read(service.runtime.model_states)
    return json({"object": "list", "data": described(here, service.created, service.remote)})


async def model(service: Service, request: Request) -> Response:
    """Return the model with a given name."""
    name, here = request.path_params["id"], await service.read(service.runtime.model_states)
    target_of(name, service.names)
    return json(next(each for each in described(here, service.created, service.remote) if each["id"] == name))

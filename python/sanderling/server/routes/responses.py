"""The route ``/v1/responses``, without stored responses."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import Response

from ..answering import Stream, finished
from ..body import read_body
from ..service import Service
from ..wire import responses as wire
from .answer import begin
from .common import json


async def responses(service: Service, request: Request) -> Response:
    """Answer the last message of the input, whole or as a stream. Nothing is stored."""
    created = time.time()
    body = await read_body(request, wire.ResponsesRequest)
    chat, form = wire.as_chat(body)
    generation, write, from_notes = begin(service, request, chat, form)
    if body.stream:
        written = wire.ResponsesForm(generation, write, body, calls=bool(form.tools), trimmed=from_notes)
        return Stream(generation, written, service.settings.quiet_s)
    said = write(await finished(generation, request.receive))
    return json(wire.reply(said, body, created), said.headers)

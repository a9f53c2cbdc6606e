"""The route ``/generate``, which runs one prompt on one model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ... import ranges
from ...plain.completion import Completion
from ...plain.model import PlainModel
from ...request.handle import Handle
from .. import events
from ..answering import Stream, finished
from ..body import read_body
from ..generation import Generation
from ..service import Service
from ..wire import detail
from ..wire.documented import NOT_EMPTY, bounded
from ..wire.options import merged
from ..wire.sampling import Sampled, constraints_of
from .common import caller, json
from .completions import plain_model


class GenerateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``/generate``."""

    prompt: Annotated[str, NOT_EMPTY]
    model_id: str = ""
    """Id of the model; empty: the only available one."""
    max_tokens: Annotated[int, bounded(ranges.TOKENS)] = 512
    temperature: Annotated[float | None, bounded(ranges.TEMPERATURE)] = None
    top_p: Annotated[float | None, bounded(ranges.SHARE)] = None
    seed: int | None = None
    stop: str | list[str] | None = None
    stream: bool = False


async def generate(service: Service, request: Request) -> Response:
    """Continue a prompt with one model, without notes."""
    body = await read_body(request, GenerateRequest)
    model_id = plain_model(service, body.model_id, "model_id")
    options = merged(None, request.headers, streamed=body.stream)
    same = Sampled(temperature=body.temperature, top_p=body.top_p, seed=body.seed, stop=body.stop)
    asked = constraints_of(same, options, model_id, body.max_tokens)

    def work(model: PlainModel, handle: Handle, piece: Callable[[str], None]) -> Completion:
        return model.complete(
            body.prompt,
            max_tokens=asked.max_tokens,
            temperature=asked.temperature,
            top_p=asked.top_p,
            seed=asked.seed,
            stop=asked.stop,
            stream=piece,
            handle=handle,
        )

    generation = service.complete(
        model_id, work, caller(request).client(None), "interactive", budget_ms=options.budget_ms
    )
    if body.stream:
        return Stream(generation, _Lines(generation), service.settings.quiet_s)
    done = await finished(generation, request.receive)
    return json(_reply(done, generation), detail.headers(done.request_id, model_id, "model"))


def _reply(done: Completion, generation: Generation[Completion]) -> dict[str, Any]:
    return {
        "request_id": done.request_id,
        "model_id": done.model_id,
        "text": done.text,
        "finish_reason": done.finish_reason,
        "prompt_tokens": done.prompt_tokens,
        "cached_tokens": done.cached_tokens,
        "completion_tokens": len(done.tokens),
        "latency_ms": generation.ticket.queue_ms + done.timings_ms.total,
        "ttft_ms": done.timings_ms.ttft,
        "queue_ms": generation.ticket.queue_ms,
    }


class _Lines:
    """Writes a text as events ``{"text": …}``. The last event holds the measurements and ``done``."""

    def __init__(self, generation: Generation[Completion]) -> None:
        self._generation = generation

    def headers(self) -> dict[str, str]:
        route = self._generation.ticket.route
        return detail.headers(self._generation.handle.id, route.model_id if route else "", "model")

    def begin(self) -> list[bytes]:
        return []

    def piece(self, text: str) -> list[bytes]:
        return [events.event({"text": text})]

    def end(self, answer: Completion) -> list[bytes]:
        return [events.event({**_reply(answer, self._generation), "text": "", "done": True})]

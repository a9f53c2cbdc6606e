"""The routes for plain completions and for a model's tokenizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ...plain.completion import Completion
from ...plain.model import PlainModel
from ...request.handle import Handle
from ..answering import Stream, finished
from ..body import read_body
from ..generation import Generation
from ..refusal import Refused
from ..service import Service
from ..targets import target_of
from ..wire import completions as wire
from ..wire import detail
from ..wire.options import merged
from ..wire.sampling import constraints_of
from .common import caller, json


async def completions(service: Service, request: Request) -> Response:
    """Continue one or several prompts, one after another."""
    body = await read_body(request, wire.CompletionRequest)
    prompts = wire.prompts_of(body)
    wire.refuse_unsupported(body, prompts)
    model_id = plain_model(service, body.model)
    options = merged(body.sanderling, request.headers, streamed=bool(body.stream))
    only_read = body.max_tokens == 0 and bool(body.echo)
    most = wire.MAX_TOKENS if body.max_tokens is None else body.max_tokens
    asked = constraints_of(body, options, model_id, 1 if only_read else most)

    def work(model: PlainModel, handle: Handle, piece: Callable[[str], None]) -> list[Completion]:
        done = []
        for prompt in prompts:
            part = Handle()
            with part.following(handle):
                done.append(
                    model.complete(
                        prompt,
                        max_tokens=0 if only_read else asked.max_tokens,
                        temperature=asked.temperature,
                        top_p=asked.top_p,
                        seed=asked.seed,
                        stop=asked.stop,
                        logprobs=body.logprobs or 0,
                        echo=bool(body.echo),
                        special=body.special,
                        stream=piece,
                        handle=part,
                    )
                )
        return done

    same = asked.cache and (asked.temperature == 0 or asked.seed is not None)
    # As JSON, which has integers of any size, as bodies do.
    key = msgspec.json.encode(("completion", body, options.budget_ms)) if same else None
    client = caller(request).client(body.user)
    generation: Generation[Any] = service.complete(model_id, work, client, options.priority, key, options.budget_ms)
    if body.stream:
        return Stream(generation, wire.CompletionForm(generation, body), service.settings.quiet_s)
    done = await finished(generation, request.receive)
    return json(wire.reply(done, generation, body), detail.headers(generation.handle.id, model_id, "model"))


async def tokenizer_info(service: Service, request: Request) -> Response:
    """Return a model's start token, end token and chat template."""
    model = service.runtime.model(plain_model(service, request.query_params.get("model", "")))
    about = await service.tokenizer(model.tokenizer)

    def text(token: int | None) -> str | None:
        return None if token is None else about.special.get(token)

    tokens = {"bos_token": text(about.bos), "eos_token": text(about.eos), "pad_token": text(about.pad)}
    return json({**tokens, "chat_template": about.chat_template, "model": model.id, "n_vocab": about.n_vocab})


async def tokenize(service: Service, request: Request) -> Response:
    """Return the token ids of a text."""
    body = await read_body(request, wire.TokenizeRequest)
    model = service.runtime.model(plain_model(service, body.model))
    ids = await service.tokenizer(lambda: model.tokenize(body.prompt, bos=body.add_special_tokens))
    return json({"tokens": ids, "count": len(ids), "max_model_len": model.context_tokens, "model": model.id})


async def detokenize(service: Service, request: Request) -> Response:
    """Return the text of token ids."""
    body = await read_body(request, wire.DetokenizeRequest)
    model = service.runtime.model(plain_model(service, body.model))
    about = await service.tokenizer(model.tokenizer)
    if not all(0 <= token < about.n_vocab for token in body.tokens):
        raise Refused(400, "invalid_value", f"ids are from 0 to {about.n_vocab - 1:,}", param="tokens")
    return json({"prompt": await service.tokenizer(lambda: model.detokenize(body.tokens)), "model": model.id})


def plain_model(service: Service, name: str, field: str = "model") -> str:
    """Return the id of the model for an answer without notes.

    ``name``: empty: the only model. ``field``: where the request has it. Raises Refused.
    """
    models = service.runtime.models
    if not name and len(models) > 1:
        known = ", ".join(models)
        raise Refused(400, "invalid_value", f"name one of {known}, or start the service with --model", param=field)
    target = target_of(name or models[0], models)
    if target.from_notes:
        message = "answers from the notes are chats: use /v1/chat/completions, or name a model without sanderling:"
        raise Refused(400, "unsupported_value", message, param="model")
    return target.model_id

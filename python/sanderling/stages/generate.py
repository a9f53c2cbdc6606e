"""Prompt in, streamed tokens and a finished generation out."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..engines import Worker, generate_all
from ..engines.protocol import GenerateRequest
from ..errors import ContextOverflow
from ..records import Generation, Prompt, Route, Sampling
from ..request.handle import Handle


def generate(
    worker: Worker,
    prompt: Prompt,
    route: Route,
    defaults: Sampling,
    *,
    n_ctx: int,
    max_tokens: int,
    stop: tuple[str, ...],
    stream: Callable[[str], None] | None,
    handle: Handle | None = None,
) -> Generation:
    """Generate, handing each piece of text to ``stream`` as it comes.

    The model's own sampling defaults hold except for what the route decides. Raises ContextOverflow when the prompt
    leaves no room; a shorter room than ``max_tokens`` ends the answer with ``length``, which :func:`cut` puts in words.
    ``handle``: ends it when it is cancelled.
    """
    room = n_ctx - len(prompt.token_ids)
    if room < 1:
        raise ContextOverflow(
            f"the prompt has {len(prompt.token_ids)} tokens, {route.model_id} takes {n_ctx}: ask something shorter"
        )
    request = GenerateRequest(
        prompt_ids=prompt.token_ids,
        max_tokens=min(max_tokens, room),
        sampling=msgspec.structs.replace(defaults, temperature=route.temperature, top_p=route.top_p),
        stop=stop,
        shared_tokens=prompt.shared_tokens,
    )
    return generate_all(worker, request, (lambda token: stream(token.text)) if stream else None, handle)


def cut(generation: Generation, max_tokens: int, n_ctx: int) -> str:
    """Return what the user should be told of how a generation ended; empty when the model ended it."""
    tokens = len(generation.tokens)
    if generation.finish_reason == "cancelled":
        return f"the answer was stopped after {tokens} tokens"
    if generation.finish_reason != "length":
        return ""
    if tokens >= max_tokens:
        return f"the answer was cut at {tokens} tokens: raise --max-tokens (max_tokens)"
    return (
        f"the answer was cut at {tokens} tokens, where the context of {n_ctx} ended after a prompt of"
        f" {generation.prompt_tokens}: ask for a smaller context, or begin a new conversation"
    )

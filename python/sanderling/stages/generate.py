"""Prompt in, streamed tokens and a finished generation out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from ..engines.protocol import Finish, GenerateRequest
from ..errors import ContextOverflow
from ..records import Generation, Prompt, Route, Sampling, Token


class Generator(Protocol):
    """What this stage needs of a worker."""

    def generate(self, request: GenerateRequest) -> Iterator[Token | Finish]:
        """Yield tokens, then one Finish."""


def generate(
    worker: Generator,
    prompt: Prompt,
    route: Route,
    defaults: Sampling,
    *,
    n_ctx: int,
    max_tokens: int,
    stop: tuple[str, ...],
    stream: Callable[[str], None] | None,
) -> Generation:
    """Generate, handing each piece of text to ``stream`` as it comes.

    The model's own sampling defaults hold except for what the route decides. Raises ContextOverflow when the prompt
    leaves no room; a shorter room than ``max_tokens`` ends the answer with ``length``, which the caller announces.
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
    )
    tokens: list[Token] = []
    for item in worker.generate(request):
        if isinstance(item, Finish):
            return Generation(
                text="".join(token.text for token in tokens).strip(),
                tokens=tuple(tokens),
                finish_reason=item.reason,
                prompt_tokens=item.prompt_tokens,
                cached_tokens=item.cached_tokens,
                prefill_ms=item.prefill_ms,
                decode_ms=item.decode_ms,
                ttft_ms=item.ttft_ms,
                rss_bytes=item.rss_bytes,
            )
        tokens.append(item)
        if stream and item.text:
            stream(item.text)
    raise AssertionError("an engine's stream ended without Finish: the conformance suite forbids it")

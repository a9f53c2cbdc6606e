"""Collects the tokens that a worker streams into one Generation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from ..errors import EngineError
from ..records import Generation, Token
from ..request.handle import Handle
from .protocol import Finish, GenerateRequest
from .worker import Worker


def generate_all(
    worker: Worker,
    request: GenerateRequest,
    on_token: Callable[[Token], None] | None = None,
    handle: Handle | None = None,
) -> Generation:
    """Run a request until it ends or ``handle`` is cancelled, and return its tokens as one Generation.

    ``on_token`` is called with each token as it arrives; None: no call. Raises what ``worker.generate`` raises; an
    exception of ``on_token`` is passed on after the generation has been cancelled.
    """
    tokens: list[Token] = []
    with closing(worker.generate(request, handle)) as stream:
        for item in stream:
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
                    peak_rss_bytes=item.peak_rss_bytes,
                    no_note_states=item.no_note_states,
                )
            tokens.append(item)
            if on_token:
                on_token(item)
    raise EngineError("the stream ended without saying why; try again")

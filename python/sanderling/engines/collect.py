"""Collects the tokens of a worker in one Generation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from ..errors import EngineError
from ..records import Generation, Token
from ..request.handle import Handle
from .chat_format import Thinking
from .protocol import Finish, GenerateRequest
from .thoughts import generate_answer
from .unthought import without_thoughts
from .worker import Worker


def generate_all(
    worker: Worker,
    request: GenerateRequest,
    on_token: Callable[[Token], None] | None = None,
    handle: Handle | None = None,
    *,
    thinking: Thinking | None = None,
    n_ctx: int = 0,
    unthought: bool = False,
) -> Generation:
    """Run a request to its end, and return its tokens as one Generation.

    ``handle`` can cancel it. ``on_token`` is called with each token as it arrives; None: no call. ``thinking``: how the
    model thinks before it answers, in a context of ``n_ctx`` tokens; its thought is left out. None: it does not.
    ``unthought``: thoughts that it writes all the same are left out too.

    Raises what ``worker.generate`` raises; an exception of ``on_token`` is passed on after the generation has been
    cancelled.
    """
    tokens: list[Token] = []
    with closing(generate_answer(worker, request, handle, thinking, n_ctx)) as stream:
        for item in without_thoughts(stream) if unthought else stream:
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

"""Generate text for a prompt with a loaded model."""

from __future__ import annotations

from collections.abc import Callable

from ..engines import Worker, generate_all
from ..engines.chat_format import Thinking
from ..engines.protocol import GenerateRequest
from ..errors import ContextOverflow
from ..records import Generation, Prompt, Sampling
from ..request.handle import Handle


def generate(
    worker: Worker,
    prompt: Prompt,
    sampling: Sampling,
    *,
    model_id: str,
    n_ctx: int,
    max_tokens: int,
    stop: tuple[str, ...],
    stream: Callable[[str], None] | None,
    handle: Handle | None = None,
    yielding: bool = False,
    shared_is_private: bool = False,
    json_schema: str = "",
    thinking: Thinking | None = None,
) -> Generation:
    """Generate at most ``max_tokens`` tokens.

    There are fewer if the context of ``n_ctx`` tokens fills up first.

    ``model_id``: the name used in error messages. ``stop``: texts that end the generation. ``stream``: called with each
    piece of text as it is generated. ``handle``: ends the generation when it is cancelled. ``yielding``: compute with
    fewer threads while other processes need the CPUs. ``shared_is_private`` and ``json_schema``: as in
    :class:`~sanderling.engines.protocol.GenerateRequest`. ``thinking``: how the model thinks before it answers;
    None: it does not.

    Raises ContextOverflow when the prompt fills the context, EngineError, Cancelled, and whatever ``stream`` raises.
    """
    room = n_ctx - len(prompt.token_ids)
    if room < 1:
        raise ContextOverflow(
            f"the prompt has {len(prompt.token_ids)} tokens, {model_id} takes {n_ctx}: ask something shorter"
        )
    request = GenerateRequest(
        prompt_ids=prompt.token_ids,
        max_tokens=min(max_tokens, room),
        sampling=sampling,
        stop=stop,
        shared_tokens=prompt.shared_tokens,
        checkpoints=(prompt.first_block_end,) if prompt.first_block_end else (),
        blocks=prompt.block_ends,
        shared_is_private=shared_is_private,
        yielding=yielding,
        json_schema=json_schema,
    )
    on_token = (lambda token: stream(token.text)) if stream else None
    # A schema's grammar lets no thought begin.
    return generate_all(worker, request, on_token, handle, thinking=thinking, n_ctx=n_ctx, unthought=not json_schema)

"""Generates with a model that thinks before it answers.

The thought has a limit, and is not part of the result. A thought is a generation of its own that ends at the model's
mark or at the budget. The answer is generated behind it, with the state that the engine kept. A model without a budget
is given an empty thought by its chat format, and answers at once.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

from msgspec.structs import replace

from ..errors import EngineError
from ..records import Token
from ..request.handle import Handle
from .chat_format import Thinking
from .protocol import Finish, GenerateRequest
from .worker import Worker


def generate_answer(
    worker: Worker, request: GenerateRequest, handle: Handle | None, thinking: Thinking | None, n_ctx: int
) -> Generator[Token | Finish, None, None]:
    """Yield the tokens of an answer but not of the thought before it, then one Finish.

    The prompt must end in the opening of a thought. The times of the Finish include the thought. ``thinking`` None: the
    model does not think. Raises what ``worker.generate`` raises.
    """
    if thinking is None:
        yield from _closed(worker, request, handle)
        return
    close = worker.tokenize(thinking.close)
    room = n_ctx - len(request.prompt_ids) - request.max_tokens - len(close) - 2
    budget = min(thinking.budget_tokens, room)
    ids: list[int] = []
    thought: Finish | None = None
    if budget > 0:
        asked = replace(request, max_tokens=budget, stop=(thinking.close,), json_schema="", top_logprobs=0, echo=False)
        with closing(worker.generate(asked, handle)) as items:
            for item in items:
                if isinstance(item, Finish):
                    thought = item
                elif close[:1] == [item.id] and len(close) == 1:
                    break  # a control token has no text by which it could stop the generation
                else:
                    ids.append(item.id)
        if thought is not None and thought.reason == "cancelled":
            yield thought
            return
    for at in range(len(close), 0, -1):
        # A mark of several tokens that was drawn is cut off with the text after it, but its tokens were streamed.
        if ids[-at:] == close[:at]:
            ids = ids[:-at]
            break
    ids += [*close, *worker.tokenize("\n\n", special=False)]
    prompt = (*request.prompt_ids, *ids)
    left = max(1, min(request.max_tokens, n_ctx - len(prompt)))
    for item in _closed(worker, replace(request, prompt_ids=prompt, max_tokens=left), handle):
        if isinstance(item, Finish) and thought is not None:
            yield replace(
                item,
                prompt_tokens=thought.prompt_tokens,
                cached_tokens=thought.cached_tokens,
                prefill_ms=thought.prefill_ms,
                decode_ms=thought.decode_ms + item.ttft_ms + item.decode_ms,
                ttft_ms=thought.ttft_ms + thought.decode_ms + item.ttft_ms,
            )
        else:
            yield item


def _closed(worker: Worker, request: GenerateRequest, handle: Handle | None) -> Generator[Token | Finish, None, None]:
    """Yield the worker's stream; end its generation when the caller stops reading."""
    with closing(worker.generate(request, handle)) as items:
        for item in items:
            yield item
            if isinstance(item, Finish):
                return
    raise EngineError("the stream ended without saying why; try again")

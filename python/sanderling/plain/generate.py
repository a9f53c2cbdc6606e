"""Runs one prompt on one model: waits for the model, loads it if necessary, and generates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing

from ..engines import Worker
from ..engines.chat_format import Thinking
from ..engines.model_pool import ModelPool
from ..engines.protocol import Finish, GenerateRequest
from ..engines.thoughts import generate_answer
from ..engines.unthought import without_thoughts
from ..errors import ContextOverflow, EngineError
from ..models.inventory import ModelInventory
from ..models.reserved import reserved
from ..records import Record, Sampling, Token
from ..request.request import Request
from .completion import Completion, CompletionToken, LikelyToken


class Wanted(Record):
    """Settings for generating one text."""

    max_tokens: int
    """Maximum number of generated tokens; 0 only reads the prompt."""
    sampling: Sampling
    stop: tuple[str, ...]
    top: int
    echo: bool
    json_schema: str
    thinking: Thinking | None = None
    """How the model thinks before it answers; None: it does not."""
    unthought: bool = False
    """Whether thoughts that it writes all the same are left out."""


def run(
    inventory: ModelInventory,
    pool: ModelPool,
    model_id: str,
    request: Request,
    prompt: Callable[[Worker], Sequence[int]],
    wanted: Wanted,
    stream: Callable[[str], None] | None,
) -> Completion:
    """Generate text from a prompt with one model.

    ``prompt``: returns the token ids, given the model's tokenizer.

    Raises EngineError, OutOfMemory, ModelUnavailable, Busy, Cancelled; ContextOverflow for a prompt that fills the
    context.
    """
    with reserved(inventory, pool, model_id, request) as (worker, info):
        with request.watch("context"):
            ids = tuple(prompt(worker))
        room = info.n_ctx - len(ids)
        if room < 1:
            raise ContextOverflow(f"the prompt has {len(ids)} tokens, {model_id} takes {info.n_ctx}: shorten it")
        asked = GenerateRequest(
            prompt_ids=ids,
            max_tokens=max(1, min(wanted.max_tokens, room)),
            sampling=wanted.sampling,
            stop=wanted.stop,
            yielding=inventory.yielding,
            json_schema=wanted.json_schema,
            top_logprobs=wanted.top,
            echo=wanted.echo,
        )
        streamed = stream if wanted.max_tokens else None
        with request.watch("llm"):
            tokens, finish = _generated(worker, asked, streamed, request, wanted, info.n_ctx)
        tokens = tokens[: wanted.max_tokens]
        with request.watch("context"):
            texts = _pieces(worker, ids if wanted.echo else (), tokens, finish)
    return Completion(
        request_id=request.id,
        model_id=model_id,
        text="".join(token.text for token in tokens),
        tokens=tuple(_token(texts, token.id, token.logprob, token.top) for token in tokens),
        finish_reason=finish.reason,
        prompt_tokens=finish.prompt_tokens,
        cached_tokens=finish.cached_tokens,
        timings_ms=request.watch.timings(finish.ttft_ms),
        prefill_ms=finish.prefill_ms,
        decode_ms=finish.decode_ms,
        model_bytes=finish.rss_bytes,
        prompt=_echoed(texts, ids, finish) if wanted.echo else (),
    )


def _generated(
    worker: Worker,
    asked: GenerateRequest,
    stream: Callable[[str], None] | None,
    request: Request,
    wanted: Wanted,
    n_ctx: int,
) -> tuple[list[Token], Finish]:
    tokens: list[Token] = []
    with closing(generate_answer(worker, asked, request.handle, wanted.thinking, n_ctx)) as items:
        for item in without_thoughts(items) if wanted.unthought else items:
            if isinstance(item, Finish):
                return tokens, item
            tokens.append(item)
            if stream and item.text:
                stream(item.text)
    raise EngineError("the stream ended without saying why; try again")


def _pieces(worker: Worker, echoed: Sequence[int], tokens: Sequence[Token], finish: Finish) -> dict[int, bytes]:
    """Return the bytes of all tokens in the completion, by id."""
    ids = {*echoed, *(token.id for token in tokens), *(id for token in tokens for id, _ in token.top)}
    if finish.echo is not None:
        ids.update(id for row in finish.echo.ids for id in row)
    known = sorted(ids)
    return dict(zip(known, worker.pieces(known), strict=True)) if known else {}


def _likely(texts: Mapping[int, bytes], id: int, logprob: float | None) -> LikelyToken:
    return LikelyToken(id=id, text=texts[id].decode("utf-8", "replace"), data=texts[id], logprob=logprob)


def _token(
    texts: Mapping[int, bytes], id: int, logprob: float | None, top: Iterable[tuple[int, float]]
) -> CompletionToken:
    return CompletionToken(
        id=id,
        text=texts[id].decode("utf-8", "replace"),
        data=texts[id],
        logprob=logprob,
        top=tuple(_likely(texts, each, value) for each, value in top),
    )


def _echoed(texts: Mapping[int, bytes], ids: Sequence[int], finish: Finish) -> tuple[CompletionToken, ...]:
    """Return the prompt's tokens, without log-probabilities if the request was cancelled before they were read."""
    if finish.echo is None:
        return tuple(_token(texts, id, None, ()) for id in ids)
    read = zip(ids[1:], finish.echo.answer_logprobs, finish.echo.ids, finish.echo.logprobs, strict=True)
    rest = (_token(texts, id, logprob, zip(top, values, strict=True)) for id, logprob, top, values in read)
    return (_token(texts, ids[0], None, ()), *rest)

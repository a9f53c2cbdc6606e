"""Generate a draft with the model that the router chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

from msgspec.structs import replace

from ..constraints import Constraints
from ..engines.chat_format import stop_texts, thinking_of
from ..engines.model_pool import ModelPool
from ..models.gguf import SYNTHETIC
from ..models.inventory import ModelInventory
from ..models.reserved import reserved
from ..records import BlockHead, Draft, Node, RetrievalResult, Route, Sampling
from ..request.request import Request
from ..text.sentences import stems
from .generate import generate
from .grow import fitted, larger, smaller
from .prompt import compose
from .whole_notes import compose_whole

P = ParamSpec("P")
T = TypeVar("T")


def make_draft(
    inventory: ModelInventory,
    pool: ModelPool,
    request: Request,
    found: RetrievalResult,
    nodes: Mapping[int, Node],
    route: Route,
    stream: Callable[[str], None] | None,
    *,
    head: BlockHead = "short",
) -> Draft:
    """Generate a draft with the model of ``route``.

    It waits for the model, loads it if necessary, and builds the prompt. Temperature and top_p among the request's
    constraints replace those of the route; all other sampling values but the seed are the model's own. ``stream``:
    called with each piece of text as it is generated; None: not streamed. ``head``: of each block.

    Raises EngineError, OutOfMemory, ModelUnavailable, Busy, Cancelled; ContextOverflow for a question that leaves no
    room.
    """
    route = as_asked(route, request.constraints)
    spec, model = inventory.load_spec(route.model_id), inventory[route.model_id]
    entry = model.entry
    if model.synthetic:
        request.warn(f"{route.model_id} has {SYNTHETIC}: this text means nothing")
    with reserved(inventory, pool, route.model_id, request) as (worker, info):
        tokenize, count = in_time(worker.tokenize, request), in_time(worker.count, request)
        with request.watch("context"):
            refused = info.no_note_states or inventory.no_note_states(route.model_id, info.engine)
            whole = None
            if spec.note_states_bytes and not refused and not request.history.shown_turns:
                whole = compose_whole(request, found, nodes, route, tokenize, entry.chat_format, info.n_ctx)
            speed = inventory.prefill_tokens_per_s(route.model_id, info.engine)
            sizes = larger(route, request.constraints, inventory.context_tokens, info.n_ctx, speed)
            enough = smaller(route, request.constraints, inventory.context_tokens)
            message, prompt = whole or compose(
                request,
                found,
                nodes,
                route,
                tokenize,
                count,
                entry.chat_format,
                info.n_ctx,
                head,
                [tokens for _, tokens in sizes],
                enough,
            )
            route = route if whole else fitted(route, stems(request.query), prompt.blocks, enough, sizes, speed)
        with request.watch("llm"):
            generation = generate(
                worker,
                prompt,
                sampling_of(entry.sampling, route, request.constraints),
                model_id=route.model_id,
                n_ctx=info.n_ctx,
                max_tokens=request.constraints.max_tokens,
                stop=(*stop_texts(entry.chat_format), *request.constraints.stop),
                stream=stream,
                handle=request.handle,
                yielding=inventory.yielding,
                shared_is_private=request.history.instructed,
                json_schema=request.json_schema,
                thinking=thinking_of(entry.chat_format),
            )
        refused = refused or generation.no_note_states
        if refused and inventory.first_time(refused):
            request.warn(f"note_states_bytes has no effect with {route.model_id}: {refused}")
    return Draft(
        route=route, message=message, prompt=prompt, generation=generation, engine=info.engine, n_ctx=info.n_ctx
    )


def in_time(call: Callable[P, T], request: Request) -> Callable[P, T]:
    """Return ``call``, changed to raise Cancelled once ``request`` is over.

    The check is made before each call. On a busy device a prompt takes long to pack, since each of its counts waits
    for the model's process.
    """

    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        if request.handle.cancelled:
            raise request.handle.refusal()
        return call(*args, **kwargs)

    return checked


def as_asked(route: Route, constraints: Constraints) -> Route:
    """Return ``route`` with the temperature and top_p that the caller asked for, if any."""
    temperature, top_p = constraints.temperature, constraints.top_p
    return replace(
        route,
        temperature=route.temperature if temperature is None else temperature,
        top_p=route.top_p if top_p is None else top_p,
    )


def sampling_of(own: Sampling, route: Route, constraints: Constraints) -> Sampling:
    """Return the sampling parameters for a draft on ``route``.

    Temperature and top_p are those of ``route``, the seed is the caller's, and the rest is the model's ``own``.
    """
    seed = own.seed if constraints.seed is None else constraints.seed
    return replace(own, temperature=route.temperature, top_p=route.top_p, seed=seed)

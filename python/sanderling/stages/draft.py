"""Generate a draft with the model that the router chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from msgspec.structs import replace

from ..engines.chat_format import stop_texts
from ..engines.model_pool import ModelPool
from ..models.gguf import SYNTHETIC
from ..models.inventory import ModelInventory
from ..records import BlockHead, Draft, Node, RetrievalResult, Route
from ..request.request import Request
from .generate import generate
from .grow import grown, larger
from .prompt import compose
from .whole_notes import compose_whole


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
    """Generate a draft with the model of ``route``: wait for the model, load it if necessary, build the prompt.

    A temperature among the request's constraints replaces that of the route; all other sampling values are the model's
    own. ``stream``: called with each piece of text as it is generated; None: not streamed. ``head``: of each block.

    Raises EngineError, OutOfMemory, ModelUnavailable, Busy, Cancelled; ContextOverflow for a question that leaves no
    room.
    """
    if request.constraints.temperature is not None:
        route = replace(route, temperature=request.constraints.temperature)
    spec, model = inventory.load_spec(route.model_id), inventory[route.model_id]
    entry = model.entry
    if model.synthetic:
        request.warn(f"{route.model_id} has {SYNTHETIC}: this text means nothing")
    with request.watch("load"):  # the part of a loading begun ahead that is left
        pool.settle(route.model_id, request.handle)
    with ExitStack() as turn:
        with request.watch("wait"):
            turn.enter_context(pool.turn(route.model_id, request.handle))
        with request.watch("load"):
            worker, info = pool.worker(spec, inventory.needed_bytes(route.model_id), request.handle)
        with request.watch("context"):
            refused = info.no_note_states or inventory.no_note_states(route.model_id, info.engine)
            whole = None
            if spec.note_states_bytes and not refused and not request.history.shown_turns:
                whole = compose_whole(request, found, nodes, route, worker.tokenize, entry.chat_format, info.n_ctx)
            sizes = larger(route, request.constraints, inventory.context_tokens, info.n_ctx)
            message, prompt = whole or compose(
                request,
                found,
                nodes,
                route,
                worker.tokenize,
                worker.count,
                entry.chat_format,
                info.n_ctx,
                head,
                [tokens for _, tokens in sizes],
            )
            route = route if whole else grown(route, prompt.blocks, sizes)
        with request.watch("llm"):
            generation = generate(
                worker,
                prompt,
                replace(entry.sampling, temperature=route.temperature, top_p=route.top_p),
                model_id=route.model_id,
                n_ctx=info.n_ctx,
                max_tokens=request.constraints.max_tokens,
                stop=stop_texts(entry.chat_format),
                stream=stream,
                handle=request.handle,
                yielding=inventory.yielding,
            )
        refused = refused or generation.no_note_states
        if refused and inventory.first_time(refused):
            request.warn(f"note_states_bytes has no effect with {route.model_id}: {refused}")
    return Draft(
        route=route, message=message, prompt=prompt, generation=generation, engine=info.engine, n_ctx=info.n_ctx
    )

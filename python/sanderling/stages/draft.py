"""A route in, what the model it names says to the prompt it asks for out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from msgspec.structs import replace

from ..engines.chat_format import stop_texts
from ..engines.model_pool import ModelPool
from ..models.gguf import SYNTHETIC
from ..models.inventory import ModelInventory
from ..records import Draft, Node, RetrievalResult, Route
from ..request.request import Request
from .generate import generate
from .prompt import compose


def make_draft(
    inventory: ModelInventory,
    pool: ModelPool,
    request: Request,
    found: RetrievalResult,
    nodes: Mapping[int, Node],
    chosen: Route,
    stream: Callable[[str], None] | None,
) -> Draft:
    """Wait for the chosen model, load it if need be, build its prompt, generate.

    Raises EngineError, OutOfMemory, ModelUnavailable, UsageError for a question that leaves no room, Busy, Cancelled.
    """
    if request.constraints.temperature is not None:
        chosen = replace(chosen, temperature=request.constraints.temperature)
    spec, model = inventory.load_spec(chosen.model_id), inventory[chosen.model_id]
    entry = model.entry
    if model.synthetic:
        request.warn(f"{chosen.model_id} has {SYNTHETIC}: this text means nothing")
    with ExitStack() as turn:
        with request.watch("wait"):
            turn.enter_context(pool.turn(chosen.model_id, request.handle))
        with request.watch("load"):
            worker, info = pool.worker(spec, inventory.needed_bytes(chosen.model_id), request.handle)
        with request.watch("context"):
            message, prompt = compose(request, found, nodes, chosen, worker.tokenize, entry.chat_format, info.n_ctx)
        with request.watch("llm"):
            generation = generate(
                worker,
                prompt,
                chosen,
                entry.sampling,
                n_ctx=info.n_ctx,
                max_tokens=request.constraints.max_tokens,
                stop=stop_texts(entry.chat_format),
                stream=stream,
                handle=request.handle,
            )
    return Draft(
        route=chosen, message=message, prompt=prompt, generation=generation, engine=info.engine, n_ctx=info.n_ctx
    )

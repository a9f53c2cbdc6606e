"""Lets a model on another machine draft an answer from a parcel that the privacy mask cleared."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from ..departure import Departure
from ..engines.openai import ChatRequest, OpenAIEngine, body_of
from ..engines.protocol import Finish
from ..engines.unthought import without_thoughts
from ..errors import Cancelled, TierFailed
from ..records import Draft, Generation, Node, Prompt, Route, Token
from ..request.admission import Admission
from ..request.handle import BEFORE_IT_BEGAN, OutOfTime
from ..request.request import Request
from ..router.clearance import Clearance, Parcel
from ..tiers.tiers import RemoteModel, Tiers
from .draft import as_asked, sampling_of

LEAST_ANSWER_TOKENS = 16


def draft_anywhere(
    here: Callable[[Route, Callable[[str], None] | None], Draft],
    admission: Admission,
    tiers: Tiers,
    request: Request,
    nodes: Mapping[int, Node],
    clearance: Clearance,
    route: Route,
    stream: Callable[[str], None] | None,
) -> Draft:
    """Draft on this device or on a tier, as ``route`` says.

    ``here``: drafts on this device. Raises what ``here`` and :func:`send` raise, and OutOfTime if the budget ended
    before the first word.

    ``admission``: is told of a tier before it is asked, since a larger model's draft may be the first to leave.
    """
    if route.tier:
        with admission.place(request.handle, route):
            parcel = clearance.parcel(route.model_id, route.context_bin)
            draft = send(tiers, request, nodes, parcel, route, stream)
    else:
        draft = here(route, stream)
    if draft.generation.finish_reason == "budget" and not draft.generation.text:
        raise OutOfTime("the time was over before the first word")
    return draft


def send(
    tiers: Tiers,
    request: Request,
    nodes: Mapping[int, Node],
    parcel: Parcel,
    route: Route,
    stream: Callable[[str], None] | None,
) -> Draft:
    """Send ``parcel`` to the model of ``route``, and return its draft.

    ``stream``: called with each piece of text; None: not streamed.

    ``nodes``: the notes of the parcel, by key.

    The departure is added to ``request`` before anything is sent. Raises TierFailed, with ``begun`` set once text was
    streamed; Cancelled, MissingExtra.
    """
    route = as_asked(route, request.constraints)
    model = tiers[route.model_id]
    chat = _chat(request, parcel, route, model)
    sent_bytes = len(msgspec.json.encode(body_of(chat)))
    if request.handle.cancelled:
        raise Cancelled(BEFORE_IT_BEGAN)
    _forget_others(request, parcel, route)
    with request.watch("llm"), tiers.asking(model, sent_bytes) as engine:
        number = len(request.departures)
        request.departures.append(_departure(nodes, parcel, model, sent_bytes))
        try:
            generation = _generated(engine, chat, parcel, request, stream)
        except TierFailed as error:
            request.departures[number] = replace(request.departures[number], outcome=error.kind)
            raise
    request.departures[number] = replace(request.departures[number], outcome="answered")
    tiers.answered(model, generation, parcel.text_bytes)
    return Draft(
        route=route,
        message=parcel.message,
        prompt=Prompt(token_ids=(), blocks=parcel.blocks, dropped=parcel.dropped),
        generation=generation,
        engine=f"openai {model.tier.name}",
        n_ctx=parcel.n_ctx,
        sent_to=parcel.address,
    )


def _chat(request: Request, parcel: Parcel, route: Route, model: RemoteModel) -> ChatRequest:
    constraints = request.constraints
    room = parcel.n_ctx - math.ceil(parcel.text_bytes / parcel.bytes_per_token)
    return ChatRequest(
        model=model.model.id,
        messages=parcel.messages,
        max_tokens=max(min(constraints.max_tokens, room), LEAST_ANSWER_TOKENS),
        sampling=sampling_of(model.sampling, route, constraints),
        stop=constraints.stop,
        logprobs=model.tier.settings.logprobs,
    )


def _departure(nodes: Mapping[int, Node], parcel: Parcel, model: RemoteModel, sent_bytes: int) -> Departure:
    return Departure(
        timestamp=datetime.now(UTC).isoformat(timespec="milliseconds"),
        tier=model.tier.name,
        address=model.tier.server.place,
        model_id=model.model.id,
        trust=parcel.trust,
        sent_bytes=sent_bytes,
        notes=tuple(nodes[block.key].id for block in parcel.blocks),
        turns=parcel.turns,
    )


def _forget_others(request: Request, parcel: Parcel, route: Route) -> None:
    """Leave the turns that are not sent out of later prompts too, as a change of models does on this device."""
    turns = request.history.shown_turns
    if turns and not parcel.turns:
        request.history.forget(turns)
        request.warn(f"this turn is answered by {route.model_id}, which has not seen the {turns} turns before")


def _generated(
    engine: OpenAIEngine,
    chat: ChatRequest,
    parcel: Parcel,
    request: Request,
    stream: Callable[[str], None] | None,
) -> Generation:
    tokens: list[Token] = []
    begun = False
    try:
        with closing(engine.generate(chat, parcel.permit, request.handle)) as events:
            for item in without_thoughts(events):
                if isinstance(item, Finish):
                    return generation_of(tokens, item)
                tokens.append(item)
                if stream is not None and item.text:
                    begun = True
                    stream(item.text)
    except TierFailed as error:
        error.begun = begun
        raise
    raise TierFailed("the stream ended without saying why", "broken")


def generation_of(tokens: list[Token], finish: Finish) -> Generation:
    """Return what a tier generated. Where one token has no probability none counts as scored."""
    scored = all(math.isfinite(token.logprob) for token in tokens)
    kept = tokens if scored else [replace(token, logprob=0.0, margin=0.0, entropy=0.0) for token in tokens]
    return Generation(
        text="".join(token.text for token in tokens).strip(),
        tokens=tuple(kept),
        finish_reason=finish.reason,
        prompt_tokens=finish.prompt_tokens,
        cached_tokens=finish.cached_tokens,
        prefill_ms=finish.prefill_ms,
        decode_ms=finish.decode_ms,
        ttft_ms=finish.ttft_ms,
        rss_bytes=0,
        scored=scored,
    )

"""One model of a tier, used without notes: what it is sent is what the caller wrote, and nothing of the memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from random import SystemRandom

import msgspec
from msgspec.structs import replace

from .. import ranges
from ..constraints import Constraints
from ..departure import Departure
from ..egress import Permit
from ..engines.json_schema import checked
from ..engines.openai import ChatRequest, OpenAIEngine, body_of
from ..engines.protocol import Finish
from ..errors import Cancelled, ModelUnavailable, TierFailed, UsageError
from ..privacy import PrivacySettings, allows, strictest
from ..records import Message, Privacy, Route, Timings, Token, TokenCounts
from ..request.handle import BEFORE_IT_BEGAN, Handle
from ..request.request import Request
from ..stages.send import generation_of
from ..tiers.tiers import Tiers
from .completion import Completion, CompletionToken
from .messages import in_turn
from .model import Schema, Stream
from .tools import Tool, call_schema, description, read_call

Record = Callable[[Request, Route, Timings, TokenCounts, str], None]
"""Writes a request that left this device, and the class of the error that ended it."""


class PlainTierModel:
    """One model of another machine, as returned by :meth:`sanderling.Runtime.tier_model`. Any thread may use it."""

    id: str
    privacy: Privacy
    """Of all that is asked: as the caller gave it, bounded by ``config.toml``."""

    def __init__(
        self, tiers: Tiers, model_id: str, privacy: Privacy | None, settings: PrivacySettings, record: Record
    ) -> None:
        """Ask nobody yet. Raises UsageError for an unknown id, ModelUnavailable if the privacy does not allow it."""
        if model_id not in tiers:
            known = ", ".join(model.id for model in tiers.models) or "none: config.toml has no [[tier]]"
            raise UsageError(f"no other machine has a model {model_id!r}: there is {known}")
        self.id, self._tiers, self._record = model_id, tiers, record
        self.privacy = strictest(privacy or settings.default, settings.limit)
        if not allows(self.privacy, tiers[model_id].tier.settings.owner):
            raise ModelUnavailable(f"{model_id} may not be asked: {tiers.why_not(model_id, self.privacy)}")

    def chat(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        temperature: float | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        stop: Sequence[str] = (),
        logprobs: int = 0,
        json_schema: Schema | None = None,
        tools: Sequence[Tool] = (),
        stream: Stream | None = None,
        handle: Handle | None = None,
    ) -> Completion:
        """Answer the last of several messages; the arguments are those of :meth:`.PlainModel.chat`.

        Of the likeliest tokens beside each, none is reported. The request is in the telemetry, as all that leaves.

        Raises UsageError for a schema or tools where the tier is not known to heed them; ValueError; Busy, Cancelled,
        TierFailed, MissingExtra.
        """
        ranges.TOKENS.check("max_tokens", max_tokens)
        ranges.TEMPERATURE.check("temperature", temperature)
        ranges.SHARE.check("top_p", top_p)
        ranges.SEED.check("seed", seed)
        model = self._tiers[self.id]
        if tools and json_schema is not None:
            raise UsageError("an answer follows either a JSON schema or a call of a function, not both")
        schema = checked(call_schema(tools) if tools else json_schema)
        if schema and not model.tier.settings.json_schema:
            raise UsageError(
                f"{model.tier.name} is not known to keep to a JSON schema: ask a model of this device, or say  "
                "json_schema = true  in its [[tier]]"
            )
        own = model.sampling
        chat = ChatRequest(
            model=model.model.id,
            messages=tuple(in_turn(messages, description(tools) if tools else "")),
            max_tokens=max_tokens,
            sampling=replace(
                own,
                temperature=own.temperature if temperature is None else temperature,
                top_p=own.top_p if top_p is None else top_p,
                seed=SystemRandom().getrandbits(32) if seed is None else seed,
            ),
            stop=tuple(stop),
            logprobs=bool(logprobs) and model.tier.settings.logprobs,
            json_schema=schema,
        )
        handle = handle or Handle()
        handle.begin()
        request = Request(messages[-1].content, handle.id, handle=handle, constraints=Constraints(privacy=self.privacy))
        done = self._asked(request, chat, stream)
        return replace(done, tool_call=read_call(tools, done.text)) if tools else done

    def _asked(self, request: Request, chat: ChatRequest, stream: Stream | None) -> Completion:
        model = self._tiers[self.id]
        sent_bytes = len(msgspec.json.encode(body_of(chat)))
        if request.handle.cancelled:
            raise Cancelled(BEFORE_IT_BEGAN)
        with request.watch("llm"), self._tiers.asking(model, sent_bytes) as engine:
            departure = Departure(
                timestamp=datetime.now(UTC).isoformat(timespec="milliseconds"),
                tier=model.tier.name,
                address=model.tier.server.place,
                model_id=model.model.id,
                trust=model.tier.settings.owner,
                sent_bytes=sent_bytes,
                notes=(),
                turns=sum(message.role == "user" for message in chat.messages) - 1,
            )
            request.departures.append(departure)
            try:
                tokens, finish = self._generated(engine, chat, request, stream)
            except BaseException as error:
                if isinstance(error, TierFailed):
                    request.departures[-1] = replace(departure, outcome=error.kind)
                self._write(request, _completion(request, self.id, [], None), type(error).__name__)
                raise
        done = _completion(request, self.id, tokens, finish)
        request.departures[-1] = replace(departure, outcome="answered")
        text_bytes = sum(len(message.content.encode()) for message in chat.messages)
        self._tiers.answered(model, generation_of(tokens, finish), text_bytes)
        self._write(request, done)
        return done

    def _write(self, request: Request, done: Completion, error: str = "") -> None:
        route = Route(
            model_id=self.id,
            context_bin="tiny",
            context_tokens=0,
            temperature=0.0,
            top_p=1.0,
            escalate=0.0,
            router="",
            reason="the caller named this model",
            predicted_ms=0.0,
            tier=done.tier,
        )
        tokens = TokenCounts(prompt=done.prompt_tokens, cached=done.cached_tokens, completion=len(done.tokens))
        self._record(request, route, done.timings_ms, tokens, error)

    def _generated(
        self, engine: OpenAIEngine, chat: ChatRequest, request: Request, stream: Stream | None
    ) -> tuple[list[Token], Finish]:
        permit = Permit.of_url(self._tiers[self.id].tier.settings.base_url, "a model that was asked for by name")
        tokens: list[Token] = []
        try:
            with closing(engine.generate(chat, permit, request.handle)) as events:
                for item in events:
                    if isinstance(item, Finish):
                        _require_json(chat, tokens, item)
                        return tokens, item
                    tokens.append(item)
                    if stream is not None and item.text:
                        stream(item.text)
        except TierFailed as error:
            error.begun = stream is not None and bool(tokens)
            raise
        raise TierFailed("the stream ended without saying why", "broken")


def _require_json(chat: ChatRequest, tokens: Sequence[Token], finish: Finish) -> None:
    if not chat.json_schema or finish.reason != "stop":
        return
    try:
        msgspec.json.decode("".join(token.text for token in tokens))
    except (msgspec.DecodeError, RecursionError) as error:
        raise TierFailed("the server did not keep to the JSON schema that it was sent", "broken") from error


def _completion(request: Request, model_id: str, tokens: Sequence[Token], finish: Finish | None) -> Completion:
    return Completion(
        request_id=request.id,
        model_id=model_id,
        text="".join(token.text for token in tokens),
        tokens=tuple(
            CompletionToken(
                id=token.id,
                text=token.text,
                data=token.text.encode(),
                logprob=token.logprob if math.isfinite(token.logprob) else None,
            )
            for token in tokens
        ),
        finish_reason="cancelled" if finish is None else finish.reason,
        prompt_tokens=0 if finish is None else finish.prompt_tokens,
        cached_tokens=0 if finish is None else finish.cached_tokens,
        timings_ms=request.watch.timings(0.0 if finish is None else finish.ttft_ms),
        prefill_ms=0.0 if finish is None else finish.prefill_ms,
        decode_ms=0.0 if finish is None else finish.decode_ms,
        model_bytes=0,
        tier=model_id.partition("/")[0],
    )

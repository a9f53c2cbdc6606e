"""Starts the answer to a chat, for every route that takes messages.

The answer comes from the notes, or from a model alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request

from ...conversation import Conversation
from ...plain.model import PlainModel
from ...plain.tier_model import PlainTierModel
from ...records import Message
from ...request.handle import Handle
from ..generation import Generation
from ..question import Question
from ..refusal import Refused
from ..service import Service
from ..targets import target_of
from ..wire import said
from ..wire.calls import Form
from ..wire.chat import ChatRequest, refuse_unsupported
from ..wire.messages import taken_apart
from ..wire.options import Options, merged
from ..wire.sampling import constraints_of
from .common import caller


class Begun(NamedTuple):
    """An answer that has been started."""

    generation: Generation[Any]
    said: Callable[[Any], said.Said]
    """Function that converts the result to :class:`said.Said`."""
    from_notes: bool
    """Whether the answer comes from the notes. White space before its first word is then left out."""


def begin(
    service: Service, request: Request, body: ChatRequest, form: Form, conversation: Conversation | None = None
) -> Begun:
    """Start to answer the last message of a chat.

    ``conversation``: the kept conversation whose next turn this is; None: none. Raises Refused, QueueFull.
    """
    target = target_of(body.model, service.names)
    refuse_unsupported(body, from_notes=target.from_notes)
    who = caller(request)
    client, options = who.client(body.user), merged(body.sanderling, request.headers, streamed=bool(body.stream))
    if not target.from_notes:
        plain = _plain(service, body, options, target.model_id, form, client)
        return Begun(plain, partial(said.of_completion, ticket=plain.ticket), from_notes=False)
    if options.conversation and conversation is None:
        message = "only /v1/chat/completions goes on with a conversation that is kept"
        raise Refused(400, "unsupported_value", message, param="sanderling.conversation")
    asked = service.ask(_question(body, options, target.model_id, form), client, conversation)
    write = partial(said.of_answer, ticket=asked.ticket, local=who.local, tools=form.tools)
    return Begun(asked, write, from_notes=True)


def _question(body: ChatRequest, options: Options, model_id: str, form: Form) -> Question:
    talk = taken_apart(body.messages)
    return Question(
        text=talk.question,
        turns=talk.turns,
        instructions=talk.instructions,
        constraints=constraints_of(body, options, model_id, body.tokens),
        filter=options.filter,
        limit=options.limit,
        start=options.start,
        priority=options.priority,
        schema=None if form.schema is None else dict(form.schema),
        tools=form.tools,
    )


def _plain(
    service: Service, body: ChatRequest, options: Options, model_id: str, form: Form, client: str
) -> Generation[Any]:
    constraints = constraints_of(body, options, model_id, body.tokens)
    talk = taken_apart(body.messages)
    messages = [Message(role="system", content=talk.instructions)] if talk.instructions else []
    for question, answer in talk.turns:
        messages += [Message(role="user", content=question), Message(role="assistant", content=answer)]
    messages.append(Message(role="user", content=talk.question))
    top = max(body.top_logprobs or 0, 0) if body.logprobs else 0

    def work(model: PlainModel | PlainTierModel, handle: Handle, piece: Callable[[str], None]) -> Any:
        return model.chat(
            messages,
            max_tokens=constraints.max_tokens,
            temperature=constraints.temperature,
            top_p=constraints.top_p,
            seed=constraints.seed,
            stop=constraints.stop,
            logprobs=top,
            json_schema=form.schema,
            tools=form.tools,
            stream=piece,
            handle=handle,
        )

    # Without a seed each answer is another one.
    same = constraints.cache and (constraints.temperature == 0 or constraints.seed is not None)
    key = msgspec.json.encode((model_id, messages, constraints, form, top)) if same else None
    if model_id in service.remote:
        return service.complete_there(model_id, options.privacy, work, client, options.priority, key, options.budget_ms)
    return service.complete(model_id, work, client, options.priority, key, options.budget_ms)

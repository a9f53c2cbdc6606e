"""The routes that list, show and forget kept conversations."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ...conversation import Conversation
from ...conversations.kept import ID_BYTES
from ...conversations.turn import KeptConversation, KeptSource, KeptTurn
from ...errors import UsageError
from ..citations import url_of
from ..refusal import Refused
from ..service import Service
from ..targets import target_of
from ..wire.chat import ChatRequest
from .common import caller, json

NEW = "new"
"""Word given instead of an id to begin a conversation."""


async def conversations(service: Service, request: Request) -> Response:
    """List the conversations about this memory, most recently used first."""
    shown = await service.read(service.runtime.conversations)
    return json({"object": "list", "data": [_shown(each) for each in shown]})


async def conversation(service: Service, request: Request) -> Response:
    """Show one conversation with its turns."""
    id, local = request.path_params["id"], caller(request).local

    if not _is_whole(id):
        raise _unknown(id)

    def found() -> tuple[KeptConversation, Conversation]:
        talk = service.runtime.conversation(id)
        return next(each for each in service.runtime.conversations() if each.id == talk.id), talk

    try:
        one, talk = await service.read(found)
    except (UsageError, StopIteration) as error:
        raise _unknown(id) from error
    return json({**_shown(one), "turns": [_turn(each, local) for each in talk.turns]})


async def forget(service: Service, request: Request) -> Response:
    """Forget a conversation, and erase its text from the disk."""
    id = request.path_params["id"]
    shown = await service.read(service.runtime.conversations)
    if all(each.id != id for each in shown):
        raise _unknown(id)
    await service.write(lambda: service.runtime.forget_conversation(id))
    return json({"id": id, "object": "conversation.deleted", "deleted": True})


async def of_chat(service: Service, body: ChatRequest) -> Conversation | None:
    """Return the stored conversation that a chat resumes or begins, or None. Raises Refused."""
    options = body.sanderling
    if options is None or not options.conversation:
        return None
    if not target_of(body.model, service.names).from_notes or body.tools:
        message = "a conversation that is kept is one about the notes, without tools: name sanderling:MODEL or auto"
        raise Refused(400, "unsupported_value", message, param="sanderling.conversation")
    if len(body.messages) != 1 or body.messages[0].role != "user":
        message = "send the new question alone: the turns before it are kept here"
        raise Refused(400, "invalid_value", message, param="messages")
    id = None if options.conversation == NEW else options.conversation
    if id is not None and not _is_whole(id):
        raise Refused(404, "not_found", _unknown(id).refusal.message, param="sanderling.conversation")
    try:
        return await service.read(lambda: service.runtime.conversation(id, filter=options.filter))
    except UsageError as error:
        raise Refused(404, "not_found", str(error), param="sanderling.conversation") from error


def _is_whole(id: str) -> bool:
    """Return whether an id is complete. With prefixes a client could guess ids letter by letter."""
    return len(id) == 2 * ID_BYTES


def _unknown(id: str) -> Refused:
    return Refused(404, "not_found", f"no conversation {id[:100]} about this memory is kept", param="id")


def _shown(one: KeptConversation) -> dict[str, Any]:
    return {"object": "conversation", **msgspec.structs.asdict(one)}


def _turn(turn: KeptTurn, local: bool) -> dict[str, Any]:
    return {
        "question": turn.question,
        "answer": turn.answer,
        "request_id": turn.request_id,
        "asked_at": turn.asked_at,
        "model": turn.model_id,
        "finish_reason": turn.finish_reason,
        "sources": [_source(each, local) for each in turn.sources],
        "listing": None if turn.listing is None else msgspec.to_builtins(turn.listing),
        "forgotten": turn.forgotten,
    }


def _source(source: KeptSource, local: bool) -> dict[str, Any]:
    return {
        "id": source.node_id,
        "title": source.title,
        "url": url_of(source.uri, source.node_id, local=local),
        "score": source.score,
        "position": source.position,
        "passage": source.passage,
        "sentence": source.sentence,
    }

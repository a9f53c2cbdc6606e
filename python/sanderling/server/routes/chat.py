"""The route for chat completions."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..answering import Stream, finished
from ..body import read_body
from ..service import Service
from ..wire import chat
from ..wire.calls import form_of
from .answer import begin
from .common import caller, json
from .conversations import of_chat


async def completions(service: Service, request: Request) -> Response:
    """Answer the last message of a chat, whole or as a stream."""
    body = await read_body(request, chat.ChatRequest)
    form = form_of(body.response_format, body.tools, body.tool_choice)
    conversation = await of_chat(service, body)
    generation, write, from_notes = begin(service, request, body, form, conversation)
    talk = conversation.id if conversation is not None else ""
    logprobs = bool(body.logprobs)
    if body.stream:
        usage = bool(body.stream_options and body.stream_options.include_usage)
        written = chat.ChatForm(
            generation,
            write,
            body.model,
            include_usage=usage,
            logprobs=logprobs,
            calls=bool(form.tools),
            trimmed=from_notes,
            conversation=talk,
            local=caller(request).local,
        )
        at_once = body.sanderling is None or body.sanderling.quote
        return Stream(generation, written, service.settings.quiet_s, written.quote if at_once else None)
    said = write(await finished(generation, request.receive))
    return json(chat.reply(said, body.model, logprobs=logprobs), {**said.headers, **chat.named(talk)})

"""Splits a chat's messages into instructions, earlier turns and the question.

What stands in the system messages is heeded in addition to our own system prompt. Messages of one role in a row are one
turn, because a model has learned that roles alternate. What a tool returned is shown as the user's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from ..refusal import Refused

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]
MOST = 1024


class ChatMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One chat message. ``content``: a text, or parts of type ``text``; None for an assistant's tool call."""

    role: Role
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[dict[str, Any]] | None = None


class Talk(NamedTuple):
    """A chat split into instructions, earlier turns and the question."""

    instructions: str
    turns: tuple[tuple[str, str], ...]
    question: str


def taken_apart(messages: Sequence[ChatMessage]) -> Talk:
    """Split a chat into its parts.

    The last message must be the user's. Raises Refused for one that is empty or ends otherwise, and for contents that
    are no text.
    """
    if not messages:
        raise Refused(400, "invalid_value", "there is no message: send at least the user's", param="messages")
    if len(messages) > MOST:
        raise Refused(400, "invalid_value", f"at most {MOST:,} messages are taken", param="messages")
    system: list[str] = []
    said: list[tuple[bool, str]] = []  # whether the assistant said it
    for at, message in enumerate(messages):
        text = text_of(message, f"messages[{at}]")
        if message.role in ("system", "developer"):
            system.append(text)
            continue
        assistant = message.role == "assistant"
        if said and said[-1][0] == assistant:
            text = f"{said.pop()[1]}\n\n{text}"
        said.append((assistant, text))
    if not said or said[-1][0]:
        raise Refused(400, "invalid_value", "the last message must be the user's", param="messages")
    if said[0][0]:
        said.insert(0, (False, ""))  # a greeting of the assistant, to which nobody had said anything
    texts = [text for _, text in said]
    turns = tuple(zip(texts[:-1:2], texts[1:-1:2], strict=True))
    return Talk("\n\n".join(text for text in system if text), turns, texts[-1])


def text_of(message: ChatMessage, param: str) -> str:
    """Return the text of a message. Raises Refused for images, audio and files."""
    if message.content is None:
        calls = [call.get("function", {}) for call in message.tool_calls or ()]
        return "\n".join(f"{call.get('name', '')}({call.get('arguments', '')})" for call in calls)
    if isinstance(message.content, str):
        return message.content
    found = []
    for at, part in enumerate(message.content):
        kind, text = part.get("type"), part.get("text")
        if kind not in ("text", "input_text", "output_text") or not isinstance(text, str):
            name = str(kind)[:40]
            where = f"{param}.content[{at}]"
            raise Refused(400, "unsupported_content", f"{where} is {name}: only texts are read", param=f"{where}.type")
        found.append(text)
    return "\n".join(found)

"""Puts messages into the order that chat formats expect: system, then user and assistant in turn."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import UsageError
from ..records import Message


def in_turn(messages: Sequence[Message], instruction: str = "") -> list[Message]:
    """Put system messages first, and join neighbouring messages of the same role.

    An empty line separates the joined messages.

    ``instruction``: added to the system turn; empty: nothing. Raises UsageError if the first that is no system message,
    or the last, is not the user's.
    """
    system = [message.content for message in messages if message.role == "system"]
    system += [instruction] if instruction else []
    turns: list[Message] = []
    for message in messages:
        if message.role == "system":
            continue
        before = f"{turns.pop().content}\n\n" if turns and turns[-1].role == message.role else ""
        turns.append(Message(role=message.role, content=before + message.content))
    if not turns or turns[0].role != "user" or turns[-1].role != "user":
        raise UsageError("the messages must begin and end with one of the user's, system messages aside")
    return [Message(role="system", content="\n\n".join(system)), *turns] if system else turns

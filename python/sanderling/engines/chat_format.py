"""Chat formats: messages in, token ids out. We own them, because llama.cpp's template engine changes between builds.

A turn is written as ``opening + content + closing``. Openings and closings are ours and are tokenised with control
tokens recognised; contents belong to users and documents and are tokenised as plain text. What is guaranteed: neither
a control token (``<|im_end|>``) nor one that the model's maker defined (Qwen's ``<tool_call>``, Gemma's HTML tags)
comes of a content that spells it; it is a handful of ordinary tokens and cannot end a turn. Tokens for runs of white
space and for single characters stay: they say what stands there and no more. What words alone can do, such as a line
that reads like a prompt's, is not the tokenizer's matter: see :mod:`sanderling.stages.quoting`. The guarantee needs
token ids: :func:`render`, which returns text, is for people and tests only and must never be tokenised again.

Encoding is append-only: ``encode(messages[:n])`` is a prefix of ``encode(messages)``. The state of LFM2 (a hybrid of
convolution and attention) can be extended but not cut back, so a diverging prefix means computing all of it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ..records import Message, Record


class Tokenize(Protocol):
    """The ``tokenize`` of any engine or worker."""

    def __call__(self, text: str, *, special: bool = True) -> list[int]:
        """Token ids of ``text``, without BOS; with ``special`` False none of a control or a user-defined token."""


class Turn(Record):
    """How one role's turn is written."""

    opening: str
    lead: str = ""
    """Plain text tokenised together with the content: a word's token usually includes the space before it."""
    closing: str = ""


class ChatFormat(Record):
    """The data of one format."""

    bos: str
    system: Turn
    user: Turn
    assistant: Turn
    stop: tuple[str, ...]


def _chatml(bos: str) -> ChatFormat:
    # No stop texts: llama.cpp counts <|im_end|> among the tokens that end a generation, whatever the file's EOS says.
    def turn(role: str) -> Turn:
        return Turn(opening=f"<|im_start|>{role}\n", closing="<|im_end|>\n")

    return ChatFormat(bos=bos, system=turn("system"), user=turn("user"), assistant=turn("assistant"), stop=())


def _plain(bos: str) -> ChatFormat:
    # A base model does not end its turn; it goes on with the next line of the pattern, so a line is an answer.
    return ChatFormat(
        bos=bos,
        system=Turn(opening=""),
        user=Turn(opening="\n\nQuestion:", lead=" "),
        assistant=Turn(opening="\nAnswer:", lead=" "),
        stop=("\n",),
    )


FORMATS: Mapping[str, ChatFormat] = {
    "lfm2": _chatml("<|startoftext|>"),
    # SmolLM2 and Qwen. SmolLM2's own template invents a system turn where there is none; we write what we were given.
    "chatml": _chatml(""),
    "plain": _plain(""),
    "plain-bos": _plain("<bos>"),
}


def stop_texts(format: str) -> tuple[str, ...]:
    """Return the texts that end an answer in this format. Raises ValueError for an unknown format."""
    return _format(format).stop


def openings() -> tuple[str, ...]:
    """Return how the turns of all formats open: what a content should not begin a line with."""
    turns = (turn for format in FORMATS.values() for turn in (format.system, format.user, format.assistant))
    return tuple(dict.fromkeys(turn.opening for turn in turns if turn.opening))


def render(format: str, messages: Sequence[Message]) -> str:
    """Return the prompt as text, for display only (see the module header)."""
    return "".join(text for text, _special, _index in _pieces(_format(format), messages))


def encode(
    tokenize: Tokenize,
    format: str,
    messages: Sequence[Message],
    *,
    generated: Mapping[int, Sequence[int]] | None = None,
) -> list[int]:
    """Return the token ids of the prompt; after a user's turn the assistant's is opened.

    ``generated`` maps the index of an assistant message to the token ids that were drawn for it. They stand in for its
    text, because text tokenised again need not give the ids that the engine's state was built from.

    Raises ValueError for an unknown format, and unless the messages are an optional system turn followed by
    user and assistant in turn: two user turns in a row would break the append-only rule.
    """
    drawn = generated or {}
    ids: list[int] = []
    for text, special, index in _pieces(_format(format), messages):
        if not special and index in drawn:
            ids.extend(drawn[index])
        elif text:
            ids.extend(tokenize(text, special=special))
    return ids


def _format(name: str) -> ChatFormat:
    if name not in FORMATS:
        raise ValueError(f"unknown chat format {name!r}: choose one of {', '.join(FORMATS)}")
    return FORMATS[name]


def _pieces(format: ChatFormat, messages: Sequence[Message]) -> list[tuple[str, bool, int]]:
    """Cut the prompt into (text, control tokens allowed, index of the message)."""
    _check_order(messages)
    pieces = [(format.bos, True, -1)]
    for index, message in enumerate(messages):
        turn: Turn = getattr(format, message.role)
        pieces += [
            (turn.opening, True, index),
            (turn.lead + message.content, False, index),
            (turn.closing, True, index),
        ]
    if messages and messages[-1].role == "user":
        pieces.append((format.assistant.opening, True, len(messages)))
    return pieces


def _check_order(messages: Sequence[Message]) -> None:
    roles = [message.role for message in messages]
    turns = roles[1:] if roles[:1] == ["system"] else roles
    expected = ["user" if position % 2 == 0 else "assistant" for position in range(len(turns))]
    if turns != expected:
        raise ValueError(f"messages must be an optional system turn, then user and assistant in turn; got {roles}")

"""Chat formats: how the messages of a conversation become the token ids of a prompt.

The formats are defined here because llama.cpp's template engine changes between builds.

A turn is written as ``opening + content + closing``. Openings and closings are tokenised with control tokens
recognised. Contents come from users and documents and are tokenised as plain text: a content that spells a control
token (``<|im_end|>``) or a token defined by the model's maker (Qwen's ``<tool_call>``, Gemma's HTML tags) becomes
several ordinary tokens and cannot end a turn. Tokens for runs of white space and for single characters are allowed,
since they mean no more than their text. Contents that imitate a prompt in plain words are handled by
:mod:`sanderling.stages.quoting`. The guarantee holds for token ids only: :func:`render` returns text for people and
tests, which must never be tokenised.

Encoding is append-only: ``encode(messages[:n])`` is a prefix of ``encode(messages)``. The state of LFM2 (a hybrid of
convolution and attention) can be extended but not cut back, so after a changed prefix all of it is computed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ..records import Message, Record


class Tokenize(Protocol):
    """The signature that the ``tokenize`` methods of engines and workers share."""

    def __call__(self, text: str, *, special: bool = True) -> list[int]:
        """Return the token ids of ``text``, without BOS.

        ``special`` False: control tokens and user-defined tokens spelt in the text become ordinary tokens.
        """


class Turn(Record):
    """The texts written before and after the content of a message, for one role."""

    opening: str
    lead: str = ""
    """Plain text tokenised together with the content, since a word's token usually includes the space before it."""
    closing: str = ""


class ChatFormat(Record):
    """One chat format: how a prompt begins, how each role's turn is written, which texts end an answer."""

    bos: str
    system: Turn
    user: Turn
    assistant: Turn
    stop: tuple[str, ...]


def _chatml(bos: str) -> ChatFormat:
    # No stop texts: llama.cpp ends a generation at <|im_end|>, whatever EOS the file names.
    def turn(role: str) -> Turn:
        return Turn(opening=f"<|im_start|>{role}\n", closing="<|im_end|>\n")

    return ChatFormat(bos=bos, system=turn("system"), user=turn("user"), assistant=turn("assistant"), stop=())


def _plain(bos: str) -> ChatFormat:
    # A base model does not end its turn but continues the pattern with another line, so an answer is one line.
    return ChatFormat(
        bos=bos,
        system=Turn(opening=""),
        user=Turn(opening="\n\nQuestion:", lead=" "),
        assistant=Turn(opening="\nAnswer:", lead=" "),
        stop=("\n",),
    )


FORMATS: Mapping[str, ChatFormat] = {
    "lfm2": _chatml("<|startoftext|>"),
    # SmolLM2 and Qwen. SmolLM2's own template adds a system turn where there is none; this format does not.
    "chatml": _chatml(""),
    "plain": _plain(""),
    "plain-bos": _plain("<bos>"),
}


def stop_texts(format: str) -> tuple[str, ...]:
    """Return the texts that end an answer in this format. Raises ValueError for an unknown format."""
    return _format(format).stop


def openings() -> tuple[str, ...]:
    """Return the texts that open a turn in any format.

    No line of a message's content should begin with one of them.
    """
    turns = (turn for format in FORMATS.values() for turn in (format.system, format.user, format.assistant))
    return tuple(dict.fromkeys(turn.opening for turn in turns if turn.opening))


def render(format: str, messages: Sequence[Message]) -> str:
    """Return the prompt as text, for display only; tokenise with :func:`encode` instead."""
    return "".join(text for text, _special, _index in _pieces(_format(format), messages))


def encode(
    tokenize: Tokenize,
    format: str,
    messages: Sequence[Message],
    *,
    generated: Mapping[int, Sequence[int]] | None = None,
) -> list[int]:
    """Return the token ids of the prompt, ending with the assistant's opening if the user spoke last.

    ``generated`` maps the index of a message to its token ids: those drawn for an assistant's, those of a user's that
    was tokenised in parts, lead included. They are used instead of the message's text, because tokenising the text
    again may give other ids than the engine's state was built from. None: all texts are tokenised.

    Raises ValueError for an unknown format, and for messages other than an optional system turn followed by
    alternating user and assistant turns: two user turns in a row would break the append-only rule.
    """
    drawn = generated or {}
    ids: list[int] = []
    for text, special, index in _pieces(_format(format), messages):
        if not special and index in drawn:
            ids.extend(drawn[index])
        elif text:
            ids.extend(tokenize(text, special=special))
    return ids


def around_question(tokenize: Tokenize, format: str) -> tuple[list[int], list[int], list[int]]:
    """Return the token ids around the content of the last user turn.

    A caller that tokenises the content in parts needs them. They are the lead, which belongs to the content, what
    stands before it, and what stands behind the content, up to the end of the assistant's opening; :func:`encode`
    writes the same. Raises ValueError for an unknown format.
    """
    found = _format(format)
    lead = tokenize(found.user.lead, special=False) if found.user.lead else []
    after = [id for text in (found.user.closing, found.assistant.opening) if text for id in tokenize(text)]
    return lead, tokenize(found.user.opening), after


def _format(name: str) -> ChatFormat:
    if name not in FORMATS:
        raise ValueError(f"unknown chat format {name!r}: choose one of {', '.join(FORMATS)}")
    return FORMATS[name]


def _pieces(format: ChatFormat, messages: Sequence[Message]) -> list[tuple[str, bool, int]]:
    """Return the pieces of the prompt as tuples (text, whether control tokens are recognised, index of the message)."""
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

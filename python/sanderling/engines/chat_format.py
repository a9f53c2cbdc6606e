"""Chat formats: convert a conversation's messages to the token ids of a prompt.

A format is data: the texts between the contents of neighbouring messages. Named ones are in ``chat_formats.toml``;
others are derived from the Jinja template in a model's file when the model is added (:mod:`sanderling.models.chat`), so
no template runs while a question is answered.

Each text between contents is cut at its control tokens into three parts::

    content │ tail │ <control> … <control> │ lead │ content

From the first to the last control token it is tokenised with control tokens recognised. Tail and lead, plain text, are
tokenised together with the content beside them, as llama.cpp tokenises a whole prompt. Contents come from users and
documents and are tokenised as plain text: a content that spells a control token (``<|im_end|>``) or a token defined by
the model's maker (Qwen's ``<tool_call>``, Gemma's HTML tags) becomes several ordinary tokens and cannot end a turn.
Tokens for runs of white space and for single characters are allowed, since they mean no more than their text. Contents
that imitate a prompt in plain words are handled by :mod:`sanderling.stages.quoting`. The guarantee holds for token ids
only: :func:`render` returns text for people and tests, which must never be tokenised.

Encoding is append-only where answers begin as they are written in the history: ``encode(messages[:n])`` is a prefix of
``encode(messages)`` if ``messages[:n]`` ends with the user's. The state of LFM2 (a hybrid of convolution and attention)
can be extended but not cut back, so after a changed prefix all of it is computed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Literal, NamedTuple, Protocol

import msgspec

from ..records import Message, Record

TODAY = "{today:"
"""Beginning of the placeholder for today's date. A format of ``strftime`` and a closing brace follow."""
Role = Literal["system", "user", "assistant"]


class Tokenize(Protocol):
    """Signature of the method ``tokenize`` of engines and workers."""

    def __call__(self, text: str, *, special: bool = True) -> list[int]:
        """Return the token ids of ``text``, without BOS.

        ``special`` False: control tokens and user-defined tokens spelt in the text become ordinary tokens.
        """


class Thinking(Record, forbid_unknown_fields=True):
    """The marks around the thoughts that a model writes before its answer."""

    generation: str
    """Text between a question and a thought, including the opening mark."""
    close: str
    """The mark that ends a thought."""
    budget_tokens: int = 0
    """Maximum length of a thought in tokens; 0: no thought."""


class ChatFormat(Record, forbid_unknown_fields=True):
    """A chat format: the texts between the contents of messages.

    In each text ``{today:%d %b %Y}`` stands for today's date, in that format of ``strftime``.
    A template without a system turn has its text before the first question: ``start_system`` is then ``start_user``,
    and ``system_user`` separates the two.
    """

    start_system: str
    """Text before the system message."""
    start_user: str
    """Text before the first user message if there is no system message."""
    system_user: str
    user_assistant: str
    """Text between a user's message and the answer in the history."""
    assistant_user: str
    assistant_end: str
    """Text after the last answer of a conversation. ``assistant_user`` begins with it."""
    user_generation: str = ""
    """Text between the last question and a new answer; empty: ``user_assistant``."""
    control: tuple[str, ...] = ()
    """Control tokens in these texts, spelt as in the vocabulary."""
    stop: tuple[str, ...] = ()
    """Texts that end an answer, besides the model's own end tokens."""
    left_trimmed: tuple[Role, ...] = ()
    """Roles whose contents lose leading white space."""
    right_trimmed: tuple[Role, ...] = ()
    """Roles whose contents lose trailing white space."""
    openings: tuple[str, ...] = ()
    """Texts that open a turn; no line of a content should begin with one."""
    thinking: Thinking | None = None
    """Marks of the model's thoughts; None: the model does not think."""

    @property
    def generation(self) -> str:
        """Text between the last question and the model's output.

        The output begins with a thought if there is a budget for one.
        """
        if self.thinking is not None and self.thinking.budget_tokens:
            return self.thinking.generation
        return self.user_generation or self.user_assistant


class _Parts(NamedTuple):
    tail: str
    middle: str
    lead: str


@cache
def formats() -> Mapping[str, ChatFormat]:
    """Return the named formats."""
    text = (resources.files(__package__) / "chat_formats.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, ChatFormat])


def format_of(format: str | ChatFormat) -> ChatFormat:
    """Return the chat format ``format``; look it up if it is a name. Raises ValueError for an unknown name."""
    if isinstance(format, ChatFormat):
        return format
    if format not in formats():
        raise ValueError(f"unknown chat format {format!r}: choose one of {', '.join(formats())}")
    return formats()[format]


def stop_texts(format: str | ChatFormat) -> tuple[str, ...]:
    """Return the texts that end an answer in a format. Raises ValueError for an unknown format."""
    return format_of(format).stop


def thinking_of(format: str | ChatFormat) -> Thinking | None:
    """Return a format's marks for thoughts; None if the model does not think. Raises as :func:`format_of`."""
    thinking = format_of(format).thinking
    return thinking if thinking is not None and thinking.budget_tokens else None


def openings() -> tuple[str, ...]:
    """Return the texts that open a turn in the named formats.

    No line of a message's content should begin with one of them.
    """
    return tuple(dict.fromkeys(text for format in formats().values() for text in format.openings))


def render(format: str | ChatFormat, messages: Sequence[Message]) -> str:
    """Return the prompt as text, for display only. To tokenise it, use :func:`encode`."""
    found = format_of(format)
    texts, contents = _joints(found, messages), [_content(found, message) for message in messages]
    return "".join(joint + content for joint, content in zip(texts, [*contents, ""], strict=True))


def encode(
    tokenize: Tokenize,
    format: str | ChatFormat,
    messages: Sequence[Message],
    *,
    generated: Mapping[int, Sequence[int]] | None = None,
) -> list[int]:
    """Return the token ids of the prompt for some messages.

    If the user spoke last, it ends where the assistant begins to write. ``generated`` maps the index of a message to
    its token ids: those drawn for an assistant's, those of a user's that was tokenised in parts, lead included. They
    are used instead of the message's text, because tokenising the text again may give other ids than the engine's state
    was built from. None: all texts are tokenised.

    Raises ValueError for an unknown format, and for messages other than an optional system turn followed by
    alternating user and assistant turns: two user turns in a row would break the append-only rule.
    """
    found, drawn = format_of(format), generated or {}
    parts = [_kept(tokenize, _parts(joint, found.control)) for joint in _joints(found, messages)]
    ids = _ids(tokenize, parts[0].tail + parts[0].middle, special=True)
    for index, message in enumerate(messages):
        before, after = parts[index], parts[index + 1]
        if index in drawn:
            # The spaces before an answer were left for the model to write, since a word's token includes its space.
            lead = before.lead.rstrip(" ") if message.role == "assistant" else ""
            ids += [*_ids(tokenize, lead), *drawn[index], *_ids(tokenize, after.tail)]
        else:
            ids += _ids(tokenize, before.lead + _content(found, message) + after.tail)
        ids += _ids(tokenize, after.middle, special=True)
    return ids + _ids(tokenize, parts[-1].lead)


def _kept(tokenize: Tokenize, parts: _Parts) -> _Parts:
    """Return ``parts`` without the white space that a control token swallows.

    Phi-3's tokens swallow the space behind them.
    """
    rest = parts.lead.lstrip()
    if not parts.middle or len(rest) == len(parts.lead):
        return parts
    alone = tokenize(parts.middle, special=True)
    swallowed = tokenize(parts.middle + parts.lead[: len(parts.lead) - len(rest)], special=True) == alone
    return parts._replace(lead=rest) if swallowed else parts


def around_question(tokenize: Tokenize, format: str | ChatFormat) -> tuple[list[int], list[int]]:
    """Return the token ids before and after the content of a first question.

    Those before it follow the ids of the system message alone. A caller that tokenises the content in parts needs them.
    They are the lead, which belongs to the content, and what stands behind the content, up to where the answer begins;
    :func:`encode` writes the same. Raises ValueError for an unknown format.
    """
    found = format_of(format)
    before, after = (
        _kept(tokenize, _parts(dated(joint), found.control)) for joint in (found.system_user, found.generation)
    )
    behind = [*_ids(tokenize, after.tail), *_ids(tokenize, after.middle, special=True), *_ids(tokenize, after.lead)]
    return _ids(tokenize, before.lead), behind


def _ids(tokenize: Tokenize, text: str, *, special: bool = False) -> list[int]:
    return tokenize(text, special=special) if text else []


def _content(format: ChatFormat, message: Message) -> str:
    text = message.content.lstrip() if message.role in format.left_trimmed else message.content
    return text.rstrip() if message.role in format.right_trimmed else text


def _parts(joint: str, control: tuple[str, ...]) -> _Parts:
    """Split a text between contents at its first and after its last control token.

    In one without control tokens the spaces at its end are the lead.
    """
    found = [(at, at + len(token)) for token in control if (at := joint.find(token)) >= 0]
    if not found:
        plain = joint.rstrip(" ")
        return _Parts(plain, "", joint[len(plain) :])
    first = min(begin for begin, _ in found)
    last = max(joint.rfind(token) + len(token) for token in control if token in joint)
    return _Parts(joint[:first], joint[first:last], joint[last:])


def _joints(format: ChatFormat, messages: Sequence[Message]) -> list[str]:
    """Return the text before each message and the text after the last."""
    _check_order(messages)
    found, before = [], "start"
    for message in messages:
        found.append(getattr(format, f"{before}_{message.role}"))
        before = message.role
    # A system message alone is followed by what all questions behind it share.
    shared = format.system_user.removesuffix(_parts(format.system_user, format.control).lead)
    end = {"system": shared, "user": format.generation, "assistant": format.assistant_end}
    return [dated(joint) for joint in (*found, end.get(before, ""))]


def dated(joint: str) -> str:
    """Replace each ``{today:FORMAT}`` in a text by today's date."""
    before, at, rest = joint.partition(TODAY)
    if not at:
        return joint
    format, _, rest = rest.partition("}")
    return before + datetime.now().astimezone().strftime(format) + dated(rest)


def _check_order(messages: Sequence[Message]) -> None:
    roles = [message.role for message in messages]
    turns = roles[1:] if roles[:1] == ["system"] else roles
    expected = ["user" if position % 2 == 0 else "assistant" for position in range(len(turns))]
    if turns != expected:
        raise ValueError(f"messages must be an optional system turn, then user and assistant in turn; got {roles}")

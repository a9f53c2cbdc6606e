"""Derives a chat format from a template.

It finds the texts that the template puts between the contents of neighbouring messages. The template is rendered for
conversations whose contents are marks, and what stands between the marks is the format. It holds only if it writes what
the template writes for further conversations, else the template cannot be put as such a format, and the reason is
raised. A template that refuses a system message, or does not put it first, is given the system's text at the beginning
of the first question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from msgspec.structs import replace

from ...engines.chat_format import ChatFormat, Role, dated, render
from ...records import Message
from .template import Template, TemplateFailed
from .thinks import thinking

SEPARATOR = "\n\n"
"""Separator of the system's text and the first question. For a template that has no system turn."""
SWITCHES = ("enable_thinking", "thinking")
"""Template variables that turn thoughts off."""
_NAMED: Mapping[str, Role] = {"s": "system", "u": "user", "a": "assistant"}
"""Roles by their first letters. Conversations are written with these letters here."""

_Write = Callable[..., str]


class NoFormat(Exception):
    """Raised when a template cannot be written as a chat format. It does more than put texts between contents."""


def derive(template: Template, control: Iterable[str]) -> ChatFormat:
    """Return the chat format of a template. ``control``: the control tokens of the vocabulary.

    Raises NoFormat or TemplateFailed, with the reason.
    """
    off = _switch(template)
    try:
        return _derived(template, control, off, folded=False)
    except (NoFormat, TemplateFailed) as error:
        try:
            return _derived(template, control, off, folded=True)
        except (NoFormat, TemplateFailed):
            raise error from None


def _switch(template: Template) -> dict[str, bool]:
    """Return the template variables that turn thoughts off; empty if there are none."""
    asked = [{"role": "user", "content": "Q"}]
    for name in SWITCHES:
        if template.render(asked, generation=True, **{name: False}) != template.render(
            asked, generation=True, **{name: True}
        ):
            return {name: False}
    return {}


def _derived(template: Template, control: Iterable[str], off: Mapping[str, bool], *, folded: bool) -> ChatFormat:
    def write(roles: str, contents: Sequence[str], **more: object) -> str:
        return template.render(
            messages(roles, contents, folded=folded), generation=roles.endswith("u"), **{**off, **more}
        )

    def between(roles: str, **more: object) -> list[str]:
        marks = [f"Qm{index}Q" for index in range(len(roles))]
        return _between(write(roles, marks, **more), marks)

    start_user, user_generation = between("u")
    _, user_assistant, assistant_user, _ = between("uau")
    # Templates may keep the thought of an answer that nothing follows; no prompt ends with one.
    *_, end = between("ua")
    assistant_end = end if assistant_user.startswith(end) else ""
    start_system, system_user, _ = between("su")
    found = ChatFormat(
        start_system=start_system,
        start_user=start_user,
        system_user=system_user,
        user_assistant=user_assistant,
        assistant_user=assistant_user,
        assistant_end=assistant_end,
        user_generation="" if user_generation == user_assistant else user_generation,
    )
    joints = "".join(
        (start_system, start_user, system_user, user_assistant, assistant_user, assistant_end, user_generation)
    )
    on = between("u", **dict.fromkeys(off, True))[-1]
    thoughts = thinking(user_assistant, user_generation, on, template.source, switched=bool(off))
    used = tuple(sorted({token for token in control if token and token in joints + on}, key=len, reverse=True))
    found = replace(
        found,
        control=used,
        left_trimmed=_trimmed(write, "left", folded),
        right_trimmed=_trimmed(write, "right", folded),
        stop=() if used else _stops(found),
    )
    _check(found, write, folded=folded)
    if thoughts:
        return replace(found, user_generation=thoughts.answer, thinking=thoughts.thinking)
    if user_assistant.startswith(user_generation) and any(
        token in user_assistant[len(user_generation) :] for token in used
    ):
        # The model is left to name a channel (gpt-oss): it is given the one in which it answers.
        return replace(found, user_generation="")
    return found


def messages(roles: str, contents: Sequence[str], *, folded: bool) -> list[dict[str, str]]:
    """Return a conversation as a template reads it.

    ``roles``: first letters of the roles. ``folded``: the system's text is put before the first question, as the
    derived format writes it.
    """
    found = [{"role": str(_NAMED[role]), "content": text} for role, text in zip(roles, contents, strict=True)]
    if folded and roles.startswith("s"):
        system, first, *rest = found
        return [{"role": "user", "content": f"{system['content']}{SEPARATOR}{first['content']}"}, *rest]
    return found


def _between(text: str, marks: Sequence[str]) -> list[str]:
    """Split a text at the given marks. Raises NoFormat if one is missing, comes twice, or out of turn."""
    found = []
    for mark in marks:
        before, at, text = text.partition(mark)
        if not at or mark in text:
            raise NoFormat("it does not write each message once and in turn")
        found.append(before)
    return [*found, text]


def _trimmed(write: _Write, side: Literal["left", "right"], folded: bool) -> tuple[Role, ...]:
    """Return the roles whose contents the template trims on one side."""
    roles = "uau" if folded else "suau"  # a folded system message is part of the user's
    found = []
    for index, role in enumerate(roles[:-1]):
        contents = ["QwQ", "QxQ", "QyQ", "QzQ"][: len(roles)]
        contents[index] = f" \n{contents[index]}" if side == "left" else f"{contents[index]}\n "
        if contents[index] not in write(roles, contents):
            found.append(_NAMED[role])
    return tuple(found)


def _stops(format: ChatFormat) -> tuple[str, ...]:
    """Return the texts that end an answer without a control token. They are the beginnings of the next turn."""
    return tuple(
        dict.fromkeys(
            text
            for joint in (format.assistant_user, format.user_assistant)
            if (text := joint.strip().splitlines()[0].strip() if joint.strip() else "")
        )
    )


def _check(format: ChatFormat, write: _Write, *, folded: bool) -> None:
    """Raise NoFormat unless the format and the template write the same prompts.

    They are compared for prompts of up to nine messages.
    """
    for text in ("word", "7", " two\n\nlines\n", "{{ 7 }} <|x|> </s> & \u00e4\u5b57 'q' \"r\" \\ {% raw %}"):
        for roles in ("u", "uau", "uauau", "uauauauau", "su", "suau", "suauau", "suauauau"):
            contents = [f"{text}{index}{text}" for index in range(len(roles))]
            if folded and roles.startswith("s"):
                # White space around the separator is the one thing in which the two may differ.
                contents[:2] = (each.strip() for each in contents[:2])
            said = [Message(role=_NAMED[role], content=each) for role, each in zip(roles, contents, strict=True)]
            if render(format, said) != dated(write(roles, contents)):
                raise NoFormat("what it writes between messages depends on more than their roles")

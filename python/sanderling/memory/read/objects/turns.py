"""The turns of a chat: speaker, text and date, in the JSON forms of several programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ....records import Record
from ..epoch import moment

Object = Mapping[str, object]

TEXT_KEYS = ("text", "content", "body", "message", "value", "parts", "utterance", "msg")
"""Keys of a turn's text, in order of preference."""
SPEAKER_KEYS = ("role", "sender_name", "sender", "from", "speaker", "author", "creator", "username", "user")
_NAME_KEYS = ("nickname", "display_name", "global_name", "real_name", "name", "username", "role", "login", "email")
_DATE_KEYS = ("timestamp", "created_at", "create_time", "createdAt", "date", "ts", "time", "timestamp_ms", "created")
ROLES = frozenset(
    {"user", "assistant", "human", "gpt", "model", "bot", "ai", "system", "developer", "tool", "function"}
)
# Instructions to a model and results of its programs: nobody said them.
_UNSAID = frozenset({"System", "Developer", "Tool", "Function"})
MAX_DEPTH = 5
"""Deepest nesting of text: a message in a line, its content, a part, the part's text."""


class Turn(Record):
    """One turn of a speaker in a chat."""

    speaker: str
    """Name or role; "" if none is given."""
    text: str
    date: str = ""
    """ISO-8601 in UTC; "" if none is given."""


def text_of(value: object, depth: int = MAX_DEPTH) -> str:
    """Return the text in the JSON ``value``, or "". It is the string itself, or the joined texts of its parts.

    Parts that show or call something (an image, a tool) hold no text, and are left out.
    """
    if isinstance(value, str):
        return value
    if depth <= 0:
        return ""
    if isinstance(value, list):
        return "\n\n".join(text for each in value if (text := text_of(each, depth - 1).strip()))
    if isinstance(value, dict):
        if value.get("type") in ("tool_use", "tool_result", "tool_call", "thinking", "reasoning"):
            return ""
        return next((text for key in TEXT_KEYS if (text := text_of(value.get(key), depth - 1)).strip()), "")
    return ""


def speaker_of(fields: Object) -> str:
    """Return the name or role of the speaker; "" if ``fields`` does not give it."""
    for key in SPEAKER_KEYS:
        value = fields.get(key)
        if isinstance(value, dict):
            value = next((name for inner in _NAME_KEYS if isinstance(name := value.get(inner), str) and name), "")
        if isinstance(value, str) and value.strip():
            name = value.strip()
            return name.capitalize() if name.lower() in ROLES else name
    return _kind_of_speaker(fields).capitalize()


def _kind_of_speaker(fields: Object) -> str:
    """Return an object's type if it names a kind of speaker, such as "user"; otherwise ""."""
    kind = fields.get("type")
    return kind if isinstance(kind, str) and kind in ("human", "ai", "user", "assistant") else ""


def turn_of(value: object) -> Turn | None:
    """Return a JSON object as a turn of a chat; None if it has no text."""
    if not isinstance(value, dict):
        return None
    inner = _wrapped(value)
    said: Object = {**value, **inner} if inner is not None else value
    text = text_of(said)
    if not text.strip():
        return None
    date = next((found for key in _DATE_KEYS if (found := moment(said.get(key)))), "")
    return Turn(speaker=speaker_of(said), text=text.strip(), date=date)


def is_turn(value: object) -> bool:
    """Tell whether a JSON object is one turn of a chat with a model. Such a turn says little alone."""
    if not isinstance(value, dict):
        return False
    said = _wrapped(value) or value
    role = said.get("role", said.get("from") if "value" in said else _kind_of_speaker(value))
    return isinstance(role, str) and role.lower() in ROLES and any(key in said for key in TEXT_KEYS)


def _wrapped(value: Object) -> Object | None:
    """Return the chosen version of a message, or the message inside a log entry; None for other objects.

    An entry of a log: ``{"type": "user", "message": {"role": …}}``.
    """
    versions, chosen = value.get("versions"), value.get("currentlySelected", 0)
    if isinstance(versions, list) and isinstance(chosen, int) and 0 <= chosen < len(versions):
        return versions[chosen] if isinstance(versions[chosen], dict) else None
    return next((inner for key in ("message", "data", "payload") if isinstance(inner := value.get(key), dict)), None)


def is_chat(value: object) -> bool:
    """Tell whether ``value`` is a list of turns that name their speakers."""
    if not isinstance(value, list) or not value:
        return False
    first = value[:20]
    return all(isinstance(each, dict) for each in first) and any(
        turn.speaker for each in first if (turn := turn_of(each)) is not None
    )


def chat_text(turns: Iterable[Turn]) -> str:
    """Return the text of a chat, one paragraph per turn.

    System prompts and tool results are left out, unless there is nothing else.
    """
    turns = list(turns)
    said = [turn for turn in turns if turn.speaker not in _UNSAID] or turns
    return "\n\n".join(f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text for turn in said)


def first_date(turns: Sequence[Turn]) -> str:
    """Return the date of the first dated turn; "" if there is none."""
    return next((turn.date for turn in turns if turn.date), "")

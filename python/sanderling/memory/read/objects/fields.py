"""Read one JSON object as a note: its text, title, name and date. The keys are those that programs write."""

from __future__ import annotations

from ....text.clean import Unreadable
from ....text.data_uri import without_data
from ..document import Content
from ..epoch import moment
from ..metadata import aliases_of, metadata_of
from .turns import Object, chat_text, first_date, is_chat, speaker_of, text_of, turn_of

TEXT_KEYS = (
    *("text", "content", "body", "message", "markdown", "textContent", "note", "notes", "transcript", "selftext"),
    *("page_content", "pageContent", "full_text", "plain_text", "contents", "passage", "chunk", "memory", "utterance"),
    "msg",
)
CHAT_KEYS = (
    "messages",
    "conversations",
    "conversation",
    "chat_messages",
    "turns",
    "dialogue",
    "dialog",
    "history",
    "chat",
    "thread",
)
ASKED_KEYS = ("prompt", "question", "instruction", "query", "input", "user", "human", "front")
ANSWERED_KEYS = (
    *("response", "completion", "answer", "answers", "output", "reply", "assistant", "bot", "gpt", "ai", "back"),
)
SUMMARY_KEYS = ("description", "desc", "summary", "abstract", "excerpt")
"""Keys for the text of a note without other text.

They are not read in a file of one object, where settings and packages have them.
"""
TITLE_KEYS = ("title", "name", "subject", "headline")
NAME_KEYS = ("_id", "id", "uuid", "url", "conversation_id", "message_id", "messageId", "guid", "key")
DATE_KEYS = (
    *(
        "date",
        "timestamp",
        "created_at",
        "createdAt",
        "create_time",
        "created",
        "created_date",
        "creationDate",
        "createdDateTime",
    ),
    *("datetime", "time", "ts", "published", "published_at", "pubDate", "updated_at", "updatedAt", "update_time"),
    *(
        "sent_at",
        "sentAt",
        "sent",
        "origin_server_ts",
        "userEditedTimestampUsec",
        "createdTimestampUsec",
        "date_unixtime",
        "timestamp_ms",
        "created_utc",
    ),
)
_AROUND = ("data", "payload", "attributes", "fields", "record", "document", "_source")
"""Keys of the object inside an object that holds the note, where the outer one has no text."""
LOOKED_FOR = ", ".join((*TEXT_KEYS[:4], CHAT_KEYS[0], "prompt and response", CHAT_KEYS[1]))


def name_of(fields: Object) -> str:
    """Return the id stated by an object, or "". A whole number loses its ``.0``."""
    for key in NAME_KEYS:
        value = fields.get(key)
        if isinstance(value, dict):
            value = value.get("$oid")  # MongoDB's
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            continue
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if name := str(value).strip():
            return name
    return ""


def content_of(fields: Object) -> Content:
    """Return the content of one JSON object.

    A ``metadata`` within it counts as its own fields do, as in BEIR. Raises Unreadable, with the keys looked for, for
    an object without text.
    """
    inner = fields.get("metadata")
    stated: dict[str, object] = {**(inner if isinstance(inner, dict) else {}), **_unwrapped(fields)}
    for key in [*stated]:  # Text, TITLE
        stated.setdefault(key.lower(), stated[key])
    title = next((title for key in TITLE_KEYS if isinstance(title := stated.get(key), str) and title.strip()), "")
    text, dated = _text(stated, title)
    date = next((found for key in DATE_KEYS if (found := moment(stated.get(key)))), "") or dated
    if date:
        stated["date"] = date
    if isinstance(stated.get("tags"), list):
        stated["tags"] = [_label(tag) for tag in stated["tags"]]  # type: ignore[attr-defined]
    metadata, warnings = metadata_of(stated)
    aliases, odd = aliases_of(stated)
    return Content(title=title, text=without_data(text), aliases=aliases, metadata=metadata, warnings=warnings + odd)


def _unwrapped(fields: Object) -> Object:
    """Return the fields of an object, with those of the note that it only holds."""
    if not fields.keys().isdisjoint((*TEXT_KEYS, *CHAT_KEYS)):
        return fields
    inner = next((inner for key in _AROUND if isinstance(inner := fields.get(key), dict)), {})
    return {**fields, **inner}


def _text(fields: Object, title: str) -> tuple[str, str]:
    """Return the text of an object, and the date of a chat's first dated turn or "".

    A note whose text is empty is its title, as cards and tasks are.
    """
    for key in (*TEXT_KEYS, *CHAT_KEYS):
        value = fields.get(key)
        if is_chat(value):
            turns = [turn for each in value if (turn := turn_of(each)) is not None]  # type: ignore[attr-defined]
            return chat_text(turns), first_date(turns)
        if (text := text_of(value)).strip():
            # A message of a chat says little without who wrote it; a note with a title is its own.
            said = key in ("text", "content", "body", "message") and not title
            speaker = speaker_of(fields) if said else ""
            return (f"{speaker}: {text}" if speaker else text), ""
    asked, answered = (
        next((text for key in keys if (text := text_of(fields.get(key))).strip()), "")
        for keys in (ASKED_KEYS, ANSWERED_KEYS)
    )
    if asked and answered:
        given = text_of(fields.get("input")).strip()
        given = "" if given == asked.strip() else given
        return "\n\n".join(part for part in (asked, given, answered) if part), ""
    if summary := next((text for key in SUMMARY_KEYS if (text := text_of(fields.get(key))).strip()), ""):
        return summary, ""
    if any(isinstance(fields.get(key), str) for key in (*TEXT_KEYS, *SUMMARY_KEYS)):
        if title:
            return title, ""
        raise Unreadable("holds no text")
    wrong = next((f"; its {key} is {_kind(fields[key])}" for key in TEXT_KEYS if key in fields), "")
    raise Unreadable(f"no text in it: looked for {LOOKED_FOR}{wrong}")


def _label(tag: object) -> object:
    """Return the name of a tag written as an object."""
    if isinstance(tag, dict):
        return next((name for key in ("name", "title", "label") if isinstance(name := tag.get(key), str)), "")
    return tag


def _kind(value: object) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object", str: "empty"}
    return next((said for kind, said in kinds.items() if isinstance(value, kind)), "null")

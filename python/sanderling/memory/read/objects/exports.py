"""Read the exports of known programs; recognise an export by its JSON keys. ``fields.py`` reads those of all others.

==================  ==============================================================================================
ChatGPT             ``conversations.json``: each chat as it was last shown, without its abandoned branches
Slack               a channel's folder of days, one document each
Google Keep         one note a file; what lies in its bin is left out
Standard Notes      the notes among its items
Open WebUI          chats, each inside of an object about it
Pinboard            bookmarks with what was written about them
==================  ==============================================================================================

Chats of people, such as Telegram's, are in ``people.py``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from ....text.clean import Empty
from ....text.data_uri import without_data
from ..document import Content
from ..epoch import moment
from ..metadata import metadata_of
from .fields import content_of
from .turns import Object, Turn, chat_text, first_date, speaker_of, text_of

# What was shown to the user; the rest are thoughts, tools and settings.
_SHOWN = ("text", "multimodal_text", "code", None)
_SLACK_MARK = re.compile(r"<([^<>]{1,1000}+)>")


def content_of_element(fields: Object) -> Content:
    """Return the content of a JSON object that is a note or a chat, whichever program wrote it.

    Raises Unreadable for one without text, and Empty for what its program does not show as a note.
    """
    if isinstance(fields.get("mapping"), dict):
        return _chatgpt(fields)
    if "textContent" in fields or "listContent" in fields:
        return _keep(fields)
    if isinstance(said := fields.get("extended"), str) and "href" in fields:
        named = fields.get("description")
        return content_of({**fields, "text": said, "title": named} if said.strip() else fields)
    if isinstance(inner := fields.get("chat"), dict) and "messages" in inner:
        return content_of({**fields, **inner})
    if isinstance(fields.get("content_type"), str) and "content" in fields:
        if fields["content_type"] != "Note":
            raise Empty("not a note")
        inner = fields["content"]
        return content_of({**fields, **inner} if isinstance(inner, dict) else fields)
    return content_of(fields)


def is_slack_day(elements: Sequence[Object]) -> bool:
    """Tell whether the objects of a list are the messages of one day in a Slack channel."""
    first = elements[:20]
    return bool(first) and all(isinstance(each.get("ts"), str) and each.get("type") == "message" for each in first)


def slack_day(messages: Sequence[Object], channel: str) -> Content:
    """Return the content of one day in the Slack channel ``channel``."""
    profiles = ((each.get("user"), each.get("user_profile")) for each in messages)
    names = {user: speaker_of({"user": profile}) for user, profile in profiles if isinstance(profile, dict)}

    def shown(mark: re.Match[str]) -> str:
        address, _, label = mark[1].partition("|")
        return label or (names.get(address[1:], address) if address.startswith("@") else address)

    turns = []
    for each in messages:
        user = each.get("user")
        speaker = names.get(user, "") or speaker_of(each)
        text = html.unescape(_SLACK_MARK.sub(shown, text_of(each.get("text"))))
        if text.strip():
            turns.append(Turn(speaker=speaker, text=text.strip(), date=moment(each.get("ts"))))
    return chat(channel, turns)


def chat(title: str, turns: Sequence[Turn], fields: Mapping[str, object] | None = None) -> Content:
    """Return the content of a chat. Its date is that of ``fields``, or else of its first turn.

    Raises Empty for a chat in which nobody says anything.
    """
    if not turns:
        raise Empty("nobody says anything in it")
    date = moment((fields or {}).get("create_time")) or first_date(turns)
    metadata, warnings = metadata_of({**(fields or {}), **({"date": date} if date else {})})
    return Content(title=title, text=without_data(chat_text(turns)), metadata=metadata, warnings=warnings)


def _chatgpt(fields: Object) -> Content:
    mapping: Mapping[str, object] = fields["mapping"]  # type: ignore[assignment]  # looked at before
    at = fields.get("current_node")
    if not isinstance(at, str) or at not in mapping:
        at = next(reversed(list(mapping)), "")
    turns: list[Turn] = []
    seen: set[object] = set()
    while isinstance(at, str) and at not in seen and isinstance(node := mapping.get(at), dict):
        seen.add(at)
        message = node.get("message")
        if isinstance(message, dict) and (turn := _chatgpt_turn(message)) is not None:
            turns.append(turn)
        at = node.get("parent")
    title = fields.get("title")
    return chat(title if isinstance(title, str) else "", turns[::-1], fields)


def _chatgpt_turn(message: Object) -> Turn | None:
    content, about = message.get("content"), message.get("metadata")
    hidden = isinstance(about, dict) and about.get("is_visually_hidden_from_conversation")
    if hidden or not isinstance(content, dict) or content.get("content_type") not in _SHOWN:
        return None
    text, speaker = text_of(content).strip(), speaker_of(message)
    if not text or speaker not in ("User", "Assistant"):
        return None
    return Turn(speaker=speaker, text=text, date=moment(message.get("create_time")))


def _keep(fields: Object) -> Content:
    if fields.get("isTrashed"):
        raise Empty("it lies in the bin of Google Keep")
    items = fields.get("listContent")
    listed = [
        f"- [{'x' if item.get('isChecked') else ' '}] {text}"
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and (text := text_of(item.get("text")).strip())
    ]
    text = "\n\n".join(part for part in (text_of(fields.get("textContent")).strip(), "\n".join(listed)) if part)
    if not text and isinstance(title := fields.get("title"), str):
        text = title  # Keep's shortest notes are a title alone
    return content_of({**fields, "text": text, "tags": fields.get("labels") or []})

"""Read chats between people, one document per day.

They are exports of Telegram, Discord, Facebook, Instagram and Google Chat.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import msgspec

from ....text.clean import Unreadable
from ..epoch import moment
from ..part import Part
from .decoded import value_of
from .exports import chat
from .turns import Object, Turn, speaker_of, text_of

Frame = Mapping[str, msgspec.Raw]
# Marks of the programs: what stands beside "messages" in their files.
_DISCORD, _FACEBOOK = frozenset({"guild", "channel", "messages"}), frozenset({"participants", "messages"})
_TELEGRAM = frozenset({"name", "type", "messages"})


def is_chats(frame: Frame) -> bool:
    """Tell whether ``frame``, the object of a JSON file, is an export of chats between people."""
    return any(marks <= frame.keys() for marks in (_DISCORD, _FACEBOOK, _TELEGRAM)) or _is_google(frame) or _all(frame)


def parts_of_chats(frame: Frame) -> Iterator[Part]:
    """For each chat in ``frame``, the object of a JSON file, yield one part per day."""
    if _all(frame):
        listed = value_of(frame["chats"], dict[str, msgspec.Raw])["list"]
        for raw in value_of(listed, list[msgspec.Raw]):
            one = value_of(raw, dict[str, msgspec.Raw])
            if "messages" in one:
                yield from _chat(one, several=True)
        return
    yield from _chat(frame, several=False)


def _all(frame: Frame) -> bool:
    """Tell whether ``frame``, the object of a JSON file, is Telegram's export of all chats."""
    if "chats" not in frame or bytes(memoryview(frame["chats"])[:1]) != b"{":
        return False
    return "list" in value_of(frame["chats"], dict[str, msgspec.Raw])


def _is_google(frame: Frame) -> bool:
    return frame.keys() == {"messages"} and b'"creator"' in bytes(memoryview(frame["messages"])[:2000])


def _chat(frame: Frame, *, several: bool) -> Iterator[Part]:
    title = _title(frame)
    mojibake = frame.keys() >= _FACEBOOK
    messages = value_of(frame["messages"], list[msgspec.Raw])
    # Instagram and Facebook write the newest message first.
    turns = (_turn(raw, mojibake=mojibake) for raw in (reversed(messages) if mojibake else messages))
    chat_id = bytes(frame["id"]).decode("utf-8", "replace").strip('"') if "id" in frame else title
    times: dict[str, int] = {}
    for day, said in groupby((turn for turn in turns if turn is not None), lambda turn: turn.date[:10]):
        shown = [_with_time(turn) for turn in said]
        times[day] = times.get(day, 0) + 1
        name = " ".join(part for part in (chat_id if several else "", day) if part) or "undated"
        content = chat(", ".join(part for part in (title, day) if part), shown)
        size_bytes = sum(len(turn.text) for turn in shown)
        yield Part(
            name=name if times[day] == 1 else f"{name}, part {times[day]}", content=content, size_bytes=size_bytes
        )


def _title(frame: Frame) -> str:
    def text(value: object) -> str:
        return value if isinstance(value, str) else ""

    if frame.keys() >= _DISCORD:
        places = [value_of(frame[key], object) for key in ("guild", "channel")]
        return " ".join(name for place in places if isinstance(place, dict) and (name := text(place.get("name"))))
    if frame.keys() >= _FACEBOOK and "title" in frame:
        return _mended(text(value_of(frame["title"], object)))
    return text(value_of(frame["name"], object)) if "name" in frame else ""


def _turn(raw: msgspec.Raw, *, mojibake: bool) -> Turn | None:
    try:
        fields: Object = value_of(raw, dict[str, object])
    except Unreadable:
        return None
    if fields.get("type") == "service":
        return None
    said = fields.get("text", fields.get("content"))
    # Telegram writes a text as its pieces: plain ones, links, mentions.
    text = "".join(text_of(piece) for piece in said) if isinstance(said, list) else text_of(said)
    speaker = speaker_of(fields)
    if mojibake:
        text, speaker = _mended(text), _mended(speaker)
    if not text.strip():
        return None
    local = fields.get("date")
    dates: Iterable[object] = (local, *(fields.get(key) for key in ("timestamp", "timestamp_ms", "created_date")))
    return Turn(speaker=speaker, text=text.strip(), date=next((found for date in dates if (found := moment(date))), ""))


def _with_time(turn: Turn) -> Turn:
    clock = turn.date[11:16]
    return msgspec.structs.replace(turn, speaker=f"[{clock}] {turn.speaker}") if clock else turn


def _mended(text: str) -> str:
    """Return the intended text of a string in Facebook's files. They write each byte of UTF-8 as a character."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text

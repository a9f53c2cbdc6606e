"""Read JSON lines: one document per line, as in BEIR's ``corpus.jsonl``.

Lines that are turns of a chat are read together. The file is read line by line, twice: ids are collected first, since
the last of equal ids wins.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from ....text.clean import Unreadable
from ..document import Content
from ..metadata import metadata_of
from ..part import Bad, Part
from .decoded import MAX_LINE_BYTES, lines_of, value_of
from .fields import content_of, name_of
from .turns import Object, Turn, chat_text, first_date, is_turn, turn_of

# A chat of one file may go on for years: it is cut from its beginning, so that what was read stays as it is.
TURNS_AT_ONCE = 200
OPEN_CHATS = 50
_CHAT_KEYS = ("sessionId", "session_id", "conversation_id", "conversationId", "thread_id", "threadId", "chat_id")


class _Chat:
    """The turns of one chat read so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.turns: list[Turn] = []
        self.size_bytes = 0


class Lines:
    """The documents of one JSON lines file."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read from ``stream``, an open, seekable file."""
        self._stream = stream
        self._chats: dict[str, _Chat] = {}
        self._times: dict[str, int] = {}
        self._repeated: set[str] = set()

    def parts(self) -> Iterator[Part | Bad]:
        """Yield the documents and chats of the file."""
        last = self._last_lines()
        for number, line in lines_of(self._stream):
            place = f"line {number}"
            try:
                fields = _object(line)
                if is_turn(fields):
                    yield from self._turn(fields, place, len(line))
                    continue
                name = name_of(fields) or place
                # Turns that follow one another are a chat only as long as nothing else comes between.
                yield from self._ended("")
                if last.get(name, number) == number:
                    content = content_of(fields)
                    if name in self._repeated:
                        said = f"its id stands in several lines; the last, line {number:,}, is read"
                        content = msgspec.structs.replace(content, warnings=(said, *content.warnings))
                    yield Part(name=name, content=content, place=place, size_bytes=len(line))
            except Unreadable as error:
                yield Bad(place=place, reason=str(error), size_bytes=len(line))
        for key in list(self._chats):
            yield from self._ended(key)

    def _last_lines(self) -> dict[str, int]:
        """Return the last line number of each document id."""
        found: dict[str, int] = {}
        for number, line in lines_of(self._stream):
            try:
                fields = _object(line)
            except Unreadable:
                continue
            if not is_turn(fields) and (name := name_of(fields)):
                if name in found:
                    self._repeated.add(name)
                found[name] = number
        return found

    def _turn(self, fields: Object, place: str, size_bytes: int) -> Iterator[Part]:
        key = next((value for each in _CHAT_KEYS if isinstance(value := fields.get(each), str) and value), "")
        if key:
            yield from self._ended("")
        turn = turn_of(fields)
        chat = self._chats.pop(key, None) or _Chat(key or place)
        self._chats[key] = chat
        chat.size_bytes += size_bytes
        if turn is not None:
            chat.turns.append(turn)
        if len(chat.turns) >= TURNS_AT_ONCE:
            yield from self._ended(key)
        elif len(self._chats) > OPEN_CHATS:
            yield from self._ended(next(iter(self._chats)))

    def _ended(self, key: str) -> Iterator[Part]:
        chat = self._chats.pop(key, None)
        if chat is None or not chat.turns:
            return
        times = self._times[chat.name] = self._times.get(chat.name, 0) + 1
        date = first_date(chat.turns)
        metadata, warnings = metadata_of({"date": date} if date else {})
        content = Content(title="", text=chat_text(chat.turns), metadata=metadata, warnings=warnings)
        name = chat.name if times == 1 else f"{chat.name}, part {times}"
        yield Part(name=name, content=content, size_bytes=chat.size_bytes)


def _object(line: bytes) -> Object:
    if len(line) >= MAX_LINE_BYTES:
        raise Unreadable(f"longer than {MAX_LINE_BYTES >> 20} MiB")
    return value_of(line, dict[str, object])

"""Read a file of one JSON value: a note, a list of notes, or a program's export.

Only the frame of the file is decoded at once; each note in it is decoded when its turn comes, so a file takes its own
size and that of its largest note.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from ....text.clean import Empty, Unreadable
from ..part import Bad, Part
from .decoded import sound, utf8, value_of
from .exports import chat, content_of_element, is_slack_day, slack_day
from .fields import LOOKED_FOR, SUMMARY_KEYS, TEXT_KEYS, name_of
from .people import is_chats, parts_of_chats
from .turns import is_turn, turn_of

# Lists of notes, in the objects that programs put around them; what a program deleted is in others.
_LISTS = (
    *("notes", "activeNotes", "entries", "documents", "items", "records", "results", "data", "posts", "pages"),
    *("articles", "memories", "cards", "conversations", "chats"),
)


def parts(data: bytes, folder: str) -> Iterator[Part | Bad]:
    """Yield the notes and chats of a file. ``folder``: name of the folder that holds the file.

    An export of Slack names that folder after the channel. Raises Unreadable for a file that holds none.
    """
    data = utf8(data)
    data = sound(data) if data.strip() else b""
    start = data.lstrip()[:1]
    if start == b"[":
        yield from _array(data, folder)
    elif start == b"{":
        yield from _object(data)
    elif start:
        raise Unreadable("no JSON of notes: it is neither a list nor an object")


def _object(data: bytes) -> Iterator[Part | Bad]:
    frame = value_of(data, dict[str, msgspec.Raw])
    if is_chats(frame):
        yield from parts_of_chats(frame)
        return
    if not frame.keys() & {*TEXT_KEYS[:6]}:
        for key in _LISTS:
            if key in frame and _starts(frame[key]) == b"[{":
                yield from _array(frame[key], "")
                return
            # By their ids, as databases of browsers and phones are exported.
            if key in frame and _starts(frame[key]) == b'{"':
                inside = [*value_of(frame[key], dict[str, msgspec.Raw]).values()]
                if all(_starts(each) == b'{"' for each in inside):
                    yield from _elements(inside)
                    return
    try:
        # A summary alone is that of a package or of settings.
        fields = value_of(data, dict[str, object])
        content = content_of_element({key: value for key, value in fields.items() if key not in SUMMARY_KEYS})
    except Empty:
        raise
    except Unreadable as error:
        raise Unreadable(f"JSON without notes: {error}") from None
    yield Part(name="", content=content, size_bytes=len(data))


def _array(data: bytes | msgspec.Raw, folder: str) -> Iterator[Part | Bad]:
    elements = value_of(data, list[msgspec.Raw])
    first = [value_of(raw, object) for raw in elements[:20]]
    objects = [each for each in first if isinstance(each, dict)]
    if objects and len(objects) == len(first):
        if is_slack_day(objects):
            messages = [value_of(raw, dict[str, object]) for raw in elements]
            yield Part(name="", content=slack_day(messages, folder), size_bytes=len(memoryview(data)))
            return
        if all(is_turn(each) for each in objects):
            turns = [turn for raw in elements if (turn := turn_of(value_of(raw, object))) is not None]
            yield Part(name="", content=chat("", turns), size_bytes=len(memoryview(data)))
            return
    yield from _elements(elements)


def _elements(elements: Sequence[msgspec.Raw]) -> Iterator[Part | Bad]:
    last: dict[str, int] = {}
    repeated: set[str] = set()
    for number, raw in enumerate(elements, start=1):
        name = _name(raw, number)
        if name in last:
            repeated.add(name)
        last[name] = number
    good = False
    bad: list[Bad] = []
    for number, raw in enumerate(elements, start=1):
        name = _name(raw, number)
        if last[name] != number:
            continue
        size_bytes = len(memoryview(raw))
        try:
            content = content_of_element(value_of(raw, dict[str, object]))
        except Empty:
            continue
        except Unreadable as error:
            bad.append(Bad(place=f"entry {number}", reason=str(error), size_bytes=size_bytes))
            continue
        if name in repeated:
            said = f"its id stands in several entries; the last, entry {number:,}, is read"
            content = msgspec.structs.replace(content, warnings=(said, *content.warnings))
        good = True
        yield Part(name=name, content=content, size_bytes=size_bytes)
    if bad and not good:
        raise Unreadable(f"JSON without notes: none of its {len(elements):,} entries holds a text under {LOOKED_FOR}")
    yield from bad


def _name(raw: msgspec.Raw, number: int) -> str:
    if _starts(raw)[:1] != b"{":
        return f"entry {number}"
    try:
        return name_of(value_of(raw, dict[str, object])) or f"entry {number}"
    except Unreadable:
        return f"entry {number}"


def _starts(raw: msgspec.Raw) -> bytes:
    """Return the first two characters of a value."""
    return b"".join(bytes(memoryview(raw)[:200]).split())[:2]

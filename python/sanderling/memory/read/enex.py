"""Evernote reader (.enex): each note of an export is a document, with tags and dates.

The file is read as a stream. Attachments in it, and parts that Evernote encrypted, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from ...text.clean import Unreadable
from .epoch import moment
from .html.html import read_html
from .metadata import metadata_of
from .office.xml import Start, events
from .part import Bad, Part

_FIELDS = frozenset({"title", "content", "created", "updated", "tag"})
_PIECE_BYTES = 1 << 16
MAX_NOTE_CHARS = 32 << 20


def parts_of_export(stream: BinaryIO) -> Iterator[Part | Bad]:
    """Yield the notes of an export, each named by its title. A repeated title gets a number.

    Raises Unreadable for broken XML, after the notes before the damage.
    """
    fields: dict[str, list[str]] = {}
    field, size, number, times = "", 0, 0, dict[str, int]()
    for event in events(iter(lambda: stream.read(_PIECE_BYTES), b"")):
        if isinstance(event, str):
            if field and size < MAX_NOTE_CHARS:
                size += len(event)
                fields[field].append(event)
        elif isinstance(event, Start):
            if event.name == "note":
                fields, size = {}, 0
            field = event.name if event.name in _FIELDS else ""
            if field:
                fields.setdefault(field, [])
                # Tags follow one another, and a title may hold any sign.
                fields[field].append("\n")
        else:
            field = ""
            if event.name == "note":
                number += 1
                yield _note(fields, size, f"note {number}", times)


def _note(fields: dict[str, list[str]], size: int, place: str, times: dict[str, int]) -> Part | Bad:
    said = {name: "".join(texts).strip() for name, texts in fields.items()}
    if size >= MAX_NOTE_CHARS:
        return Bad(place=place, reason=f"longer than {MAX_NOTE_CHARS >> 20} MiB", size_bytes=size)
    try:
        content = read_html(_shown(said.get("content", "")).encode("utf-8", "replace"), "utf-8")
    except Unreadable as error:
        return Bad(place=place, reason=str(error), size_bytes=size)
    title = " ".join(said.get("title", "").split())
    date = moment(said.get("created", "")) or moment(said.get("updated", ""))
    tags = [tag for tag in said.get("tag", "").split("\n") if tag.strip()]
    metadata, warnings = metadata_of({**({"date": date} if date else {}), "tags": tags})
    text = content.text if content.text.strip() else title
    name = title or place
    times[name] = times.get(name, 0) + 1
    if times[name] > 1:
        name = f"{name}, {times[name]}"
    content = msgspec.structs.replace(content, title=title, text=text, metadata=metadata, warnings=warnings)
    return Part(name=name, content=content, place=place, size_bytes=size)


def _shown(content: str) -> str:
    """Return a note's page with check boxes as characters, without encrypted parts."""
    first, *rest = content.split("<en-crypt")
    page = first + "".join(part.partition("</en-crypt>")[2] for part in rest)
    first, *rest = page.split("<en-todo")
    boxes = ("[x] " if 'checked="true"' in part.partition(">")[0] else "[ ] " for part in rest)
    return first + "".join(f"{box}<en-todo{part}" for box, part in zip(boxes, rest, strict=True))

"""One of several documents in a file: a line, a chat, a mail or a chapter."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath

import msgspec

from ...records import Record
from ...text.clean import Empty, Unreadable, clean
from ...text.short_language import short_language
from ..files.walk import Skipped
from .document import Content, Document, Unchanged, document_of, names

Known = Callable[[str], str | None]
"""Function that returns the content hash stored for an address, or None."""

MAX_NAMED = 20
"""Most unreadable parts of a file that are named one by one; the rest are counted."""


class Part(Record):
    """The content of one part of a file."""

    name: str
    """Name of the part within its file, the same at every ingest; "" for a whole file."""
    content: Content
    place: str = ""
    """Place in the file, such as "line 3"; "" if the name tells it."""
    size_bytes: int = 0
    markdown: bool = False


class Bad(Record):
    """A part of a file that could not be read."""

    place: str
    """Place in the file, such as "line 3"."""
    reason: str
    size_bytes: int = 0


def document_from(part: Part, file: str) -> Document:
    """Build the document for one part of the file at the address ``file``.

    Its hash is that of what was read, so that a part is unchanged when the others of its file are not. A part that is
    all of its file and has no title is called by the file's name. Raises Empty for a part without text.
    """
    content = part.content
    uri = f"{file}#{part.name}" if part.name else file
    title = content.title if part.name or content.title.strip() else PurePath(file).stem
    document = document_of(content.text, title, uri, content.metadata, content.aliases)
    if not document.text.strip():
        raise Empty("holds no text")
    digest = document.content_hash
    if content.links or content.headings:
        marks = msgspec.json.encode((tuple(content.links), tuple(content.headings)))
        digest = hashlib.sha256(digest.encode() + marks).hexdigest()
    return msgspec.structs.replace(
        document,
        content_hash=digest,
        metadata=msgspec.structs.replace(
            document.metadata, language=document.metadata.language or short_language(document.text)
        ),
        markdown=part.markdown,
        links=tuple((at, clean(link)) for at, link in content.links if link.startswith(("http://", "https://"))),
        names=names(document.title, content.aliases, content.headings),
        size_bytes=part.size_bytes,
        warnings=content.warnings,
    )


def documents(parts: Iterable[Part | Bad], file: str, known: Known) -> Iterator[Document | Unchanged | Skipped]:
    """Yield a file's documents as they are read, then the parts that could not be read.

    Raises Unreadable if no part is a document, and Empty if there is no part.
    """
    good = bad = 0
    named: list[Bad] = []
    for part in parts:
        found = part if isinstance(part, Bad) else _document_or_bad(part, file)
        if isinstance(found, Bad):
            bad += 1
            if bad <= MAX_NAMED:
                named.append(found)
            continue
        good += 1
        if known(found.uri) == found.content_hash:
            yield Unchanged(uri=found.uri, size_bytes=found.size_bytes)
        else:
            yield found
    if not good:
        raise (
            Unreadable(f"it holds no document; the first, {named[0].place}: {named[0].reason}")
            if named
            else Empty("holds no text")
        )
    for part in named:
        yield Skipped(uri=f"{file}, {part.place}", reason=part.reason, size_bytes=part.size_bytes)
    if bad > len(named):
        yield Skipped(uri=file, reason=f"{bad - len(named):,} more of its parts could not be read either")


def _document_or_bad(part: Part, file: str) -> Document | Bad:
    try:
        return document_from(part, file)
    except Unreadable as error:
        return Bad(place=part.place or part.name or "all of it", reason=str(error), size_bytes=part.size_bytes)

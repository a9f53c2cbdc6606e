"""A file in, its documents out: address, title, plain text, links. A file that cannot be read says why, and no more.

=================  ===============================================================================================
``.txt``           the text; title: the file's name
``.md .markdown``  the text as it is; title: the first heading, else that of the front matter, else the file's name
``.html .htm``     ``html.py``; title: that of the page, else the file's name
``.pdf``           ``pdf.py``; title: that in its metadata, else the file's name
``.jsonl``         one document a line: ``text``, and where given ``title`` and ``_id``, ``id`` or ``url``; other keys
                   are not looked at. A bad line is reported by its number, the others are read
=================  ===============================================================================================

Front matter, and the fields of a line or of its ``metadata`` (as BEIR has it), give tags, domain, date, language and
other names of the document: ``metadata.py``. Headings of Markdown and HTML are names of the places they stand at.
"""

from __future__ import annotations

import codecs
import hashlib
import os.path
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import msgspec
from msgspec.structs import astuple

from ...records import NodeMetadata, Record
from ...text.clean import Empty, Unreadable, clean, decode, one_line
from ...text.name_trie import Name
from .html import read_html
from .metadata import aliases_of, front_matter, front_matter_end, metadata_of
from .pdf import read_pdf
from .walk import Skipped

_HEADING = re.compile(r" {0,3}#{1,6}[ \t]++(.+)")
# Each is looked for in all texts: a document of nothing but headings would take time quadratic in its length.
MAX_HEADINGS = 2000
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
# Bounded, and without nested brackets, so that a file of nothing but brackets is still read in linear time.
_LINK = re.compile(r"(?<!!)\[[^\[\]]{0,500}+\]\(\s{0,9}+<?([^()<>\s]{1,2000}+)>?[^()\n]{0,200}+\)")
_LINK_TEXT = re.compile(r"\[([^\[\]]{0,500}+)\]\([^()\s]{0,2000}+\)")


class Document(Record):
    """One document as read, before it is cut."""

    uri: str
    title: str
    text: str
    content_hash: str
    """SHA-256 of what it was read from."""
    markdown: bool = False
    links: tuple[tuple[int, str], ...] = ()
    """(offset in the text, address) of each link to elsewhere."""
    names: tuple[tuple[int, Name], ...] = ()
    """(offset in the text, name) of what it, and what stands in it, is called beside the title."""
    size_bytes: int = 0
    """Of what it was read from."""
    metadata: NodeMetadata = NodeMetadata()
    """What it says about itself; without a timestamp it is dated by its ingest."""
    warnings: tuple[str, ...] = ()


class Unchanged(Record):
    """A document whose content is the one already known."""

    uri: str
    size_bytes: int


class _Line(msgspec.Struct):
    """A line of a ``.jsonl`` file."""

    text: str
    title: str | None = None
    _id: str | int | None = None
    id: str | int | None = None
    url: str | None = None


def read(path: Path, known: Callable[[str], str | None]) -> Iterator[Document | Unchanged | Skipped]:
    """Yield the documents of one file. ``known`` gives the content hash under which an address is remembered, or None.

    Raises MissingExtra when the reader of its kind is not installed; what is wrong with the file itself is a Skipped.
    """
    uri, size_bytes = clean(str(path)), 0
    try:
        data = path.read_bytes()
        size_bytes = len(data)
        if path.suffix.lower() == ".jsonl":
            yield from _read_lines(uri, data, known)
            return
        content_hash = hashlib.sha256(data).hexdigest()
        if known(uri) == content_hash:
            yield Unchanged(uri=uri, size_bytes=size_bytes)
        else:
            yield _read_whole(path, data, content_hash)
    except Unreadable as error:
        yield Skipped(uri=uri, reason=str(error), size_bytes=size_bytes, empty=isinstance(error, Empty))
    except OSError as error:
        yield Skipped(uri=uri, reason=error.strerror or str(error))


def document_of(
    text: str, title: str, uri: str, metadata: NodeMetadata | None = None, aliases: Sequence[str] = ()
) -> Document:
    """Return a document for a text that was given, not read from a file of its own.

    ``metadata`` None: nothing is known of it. ``aliases``: what it is called beside ``title``.
    """
    text, title, metadata = clean(text), one_line(title), metadata or NodeMetadata()
    data = f"{title}\0{text}".encode()
    # Tags that change make another document of the same text. What is not known takes no part in the hash.
    known = b"\0" + msgspec.json.encode(astuple(metadata)) if metadata != NodeMetadata() else b""
    known += b"\0" + msgspec.json.encode(tuple(aliases)) if aliases else b""
    return Document(
        uri=clean(uri),
        title=title,
        text=text,
        content_hash=hashlib.sha256(data + known).hexdigest(),
        names=_names(title, aliases, ()),
        size_bytes=len(data),
        metadata=metadata,
    )


def _read_whole(path: Path, data: bytes, content_hash: str) -> Document:
    suffix = path.suffix.lower()
    markdown = suffix in (".md", ".markdown")
    title, links, metadata, warnings = "", list[tuple[int, str]](), NodeMetadata(), tuple[str, ...]()
    headings, aliases = list[tuple[int, str]](), tuple[str, ...]()
    if suffix == ".pdf":
        title, text = read_pdf(data)
    elif suffix in (".html", ".htm"):
        title, text, links, headings = read_html(data)
    else:
        text = clean(decode(data))
    if markdown:
        fields = front_matter(text)
        named = fields.get("title")
        headings = _headings(text, front_matter_end(text))
        title = headings[0][1] if headings else named if isinstance(named, str) else ""
        metadata, warnings = metadata_of(fields)
        aliases, odd = aliases_of(fields)
        warnings += odd
        links = [(match.start(), match[1]) for match in _LINK.finditer(text)]
    if not text.strip():
        raise Empty("holds no text" + (" (scanned pages?)" if suffix == ".pdf" else ""))
    title = one_line(title) or one_line(path.stem)
    if len(headings) > MAX_HEADINGS:
        warnings += (
            f"it has {len(headings):,} headings; what mentions them is tied to the first {MAX_HEADINGS:,} only",
        )
        headings = headings[:MAX_HEADINGS]
    return Document(
        uri=clean(str(path)),
        title=title,
        text=text,
        content_hash=content_hash,
        markdown=markdown,
        links=tuple((at, target) for at, link in links if (target := _address(link, path))),
        names=_names(title, aliases, headings),
        size_bytes=len(data),
        metadata=metadata,
        warnings=warnings,
    )


def _read_lines(file: str, data: bytes, known: Callable[[str], str | None]) -> Iterator[Document | Unchanged | Skipped]:
    seen: set[str] = set()
    bad: list[Skipped] = []
    for number, line in enumerate(data.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True), start=1):
        if not line.strip():
            continue
        try:
            document = _of_line(file, number, line)
            if document.uri in seen:
                raise Unreadable("its id stands in an earlier line already")
        except Unreadable as error:
            bad.append(Skipped(uri=f"{file}, line {number}", reason=str(error), size_bytes=len(line)))
            continue
        seen.add(document.uri)
        if known(document.uri) == document.content_hash:
            yield Unchanged(uri=document.uri, size_bytes=len(line))
        else:
            yield document
    if not seen:
        raise Unreadable(f"no line holds a document; the first: {bad[0].reason}") if bad else Empty("holds no text")
    yield from bad


def _of_line(file: str, number: int, line: bytes) -> Document:
    try:
        line_fields = msgspec.json.decode(line)
        fields = msgspec.convert(line_fields, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    name = next((given for given in (fields._id, fields.id, fields.url) if given is not None), f"line {number}")
    inner = line_fields.get("metadata")
    metadata, warnings = metadata_of({**(inner if isinstance(inner, dict) else {}), **line_fields})
    aliases, odd = aliases_of({**(inner if isinstance(inner, dict) else {}), **line_fields})
    warnings += odd
    document = document_of(fields.text, fields.title or "", f"{file}#{name}", metadata, aliases)
    if not document.text.strip():
        raise Unreadable("holds no text")
    return msgspec.structs.replace(document, size_bytes=len(line), warnings=warnings)


def _headings(text: str, start: int) -> list[tuple[int, str]]:
    """Headings of a Markdown text from offset ``start`` on, with where their lines begin."""
    found: list[tuple[int, str]] = []
    fenced, at = False, start
    for line in text[start:].splitlines(keepends=True):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and (match := _HEADING.match(line.rstrip())):
            # Marks at the end close the heading; one of nothing else is called by the first of them.
            heading = match[1].rstrip("#").rstrip(" \t") or "#"
            found.append((at, re.sub(r"[*`]", "", _LINK_TEXT.sub(r"\1", heading))))
        at += len(line)
    return found


def _names(title: str, aliases: Iterable[str], headings: Iterable[tuple[int, str]]) -> tuple[tuple[int, Name], ...]:
    names = [(0, Name(one_line(alias))) for alias in aliases]
    names += [(at, Name(one_line(heading), heading=True)) for at, heading in headings]
    return tuple((at, name) for at, name in names if name.text and name.text != title)


def _address(link: str, path: Path) -> str:
    """Turn a link as written in the file ``path`` into the address its document would have; empty for none."""
    try:
        link, _ = urldefrag(link)
        parts = urlsplit(link)
    except ValueError:
        # Such as "http://[": what cannot be parsed leads nowhere.
        return ""
    if parts.scheme or parts.netloc:
        return clean(link) if parts.scheme in ("http", "https") else ""
    return clean(os.path.normpath(path.parent / unquote(parts.path))) if parts.path else ""

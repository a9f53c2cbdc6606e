"""Read files as documents with address, title, text, names and links. Unreadable files are reported as skipped.

=================  ===============================================================================================
``.txt``           the text, or a table where tabs divide all of it: ``delimited.py``; title: the file's name
``.md .markdown``  the text as it is: ``markdown/``; title: ``title.py``
``.csv .tsv``      ``delimited.py``
``.html .htm``     ``html/``
``.pdf``           ``pdf/``
``.docx .odt``     ``office/``, as Markdown; title: the paragraph styled so, else that in its metadata
``.rtf``           ``office/rtf.py``, as Markdown; title: that in its metadata
``.org .rst``      ``org/``, ``restructured/``, as Markdown; title: ``#+TITLE``, the first heading
``.jsonl .json``   ``objects/``: a document a note or chat, by the names that programs give to text, title and id
``.ndjson``        as ``.jsonl``
``.eml .emlx``     ``mail/``: a document; title: the subject
``.mbox``          ``mail/``: a document a message
``.epub``          ``office/epub.py``: a document a chapter
``.enex``          ``enex.py``: a document a note
=================  ===============================================================================================

The title is the one that the document states, in a first heading of level 1, in its front matter or as the page's, else
the name of the file: ``title.py``. What the path says besides, and the date: ``naming.py``, ``dating.py``.

Front matter, and the fields of a line or of its ``metadata`` (as in BEIR), give tags, domain, date, language and
aliases of the document: ``metadata.py``. Headings of Markdown and HTML are names of the chunks they stand in.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import msgspec

from ...text import wikilink
from ...text.clean import Empty, Unreadable, clean, one_line
from ...text.encoding.encoding import decode
from ...text.short_language import short_language
from ..files.walk import SEVERAL, Skipped, address_of
from .dating import dated
from .document import Content, Document, Unchanged, names
from .naming import FileNames, names_of
from .title import is_nobodys, title_of

# Each is searched for in all texts: a document of nothing but headings would take time quadratic in its length.
MAX_HEADINGS = 2000
# Texts with the signs of Markdown, written or made by a reader.
MARKDOWN = (".docx", ".odt", ".rtf", ".md", ".markdown", ".org", ".rst")


def read(
    path: Path, known: Callable[[str], str | None], root: Path | None = None
) -> Iterator[Document | Unchanged | Skipped]:
    """Yield the documents of one file, or a Skipped for an unreadable file.

    ``known`` gives the content hash of an address in the memory, or None. ``root``: the folder that is ingested; None:
    the file alone. Raises MissingExtra when the reader for this kind of file is not installed.
    """
    found: list[FileNames] = []
    uri = address_of(path)

    def file() -> FileNames:
        if not found:
            found.append(names_of(path, root or path))
        return found[0]

    for item in _read(path, uri, known, file):
        if isinstance(item, Document) and (item.uri != uri or not item.metadata.dated):
            yield _one_of_several(item, file())
        else:
            yield item


def _read(
    path: Path, uri: str, known: Callable[[str], str | None], file: Callable[[], FileNames]
) -> Iterator[Document | Unchanged | Skipped]:
    size_bytes, suffix = 0, path.suffix.lower()
    try:
        if suffix in SEVERAL:
            from .several import read_several

            size_bytes = path.stat().st_size
            for item in read_several(path, uri, known):
                yield _named(item, file()) if isinstance(item, Document) and item.uri == uri else item
            return
        with path.open("rb", buffering=0) as opened:
            data, changed_s = opened.readall(), os.fstat(opened.fileno()).st_mtime
        size_bytes = len(data)
        content_hash = hashlib.sha256(data).hexdigest()
        if known(uri) == content_hash:
            yield Unchanged(uri=uri, size_bytes=size_bytes)
        else:
            yield _read_whole(path, uri, suffix, data, changed_s, content_hash, file())
    except Unreadable as error:
        yield Skipped(uri=uri, reason=str(error), size_bytes=size_bytes, empty=isinstance(error, Empty))
    except OSError as error:
        yield Skipped(uri=uri, reason=error.strerror or str(error))


def _named(document: Document, file: FileNames) -> Document:
    """Add the names in a file's path to its only document."""
    aliases = names(document.title, file.aliases(document.title), ())
    metadata = msgspec.structs.replace(document.metadata, names=file.line(document.title))
    return msgspec.structs.replace(document, names=document.names + aliases, metadata=metadata)


def _one_of_several(document: Document, file: FileNames) -> Document:
    """Date one of several documents in a file: by its own time, or by the day in the file's name."""
    named = file if file.of_a_day and not document.metadata.timestamp else None
    return msgspec.structs.replace(document, metadata=dated(document.metadata, document.title, named))


def _read_whole(
    path: Path, uri: str, suffix: str, data: bytes, changed_s: float, content_hash: str, file: FileNames
) -> Document:
    content = _content(suffix, data)
    if not content.text.strip():
        raise Empty("holds no text")
    title = title_of(content, file)
    headings, warnings = content.headings, content.warnings
    if len(headings) > MAX_HEADINGS:
        warnings += (
            f"it has {len(headings):,} headings; what mentions them is tied to the first {MAX_HEADINGS:,} only",
        )
        headings = headings[:MAX_HEADINGS]
    return Document(
        uri=uri,
        title=title,
        text=content.text,
        content_hash=content_hash,
        markdown=suffix in MARKDOWN,
        links=tuple((at, target) for at, link in content.links if (target := _target(link, path))),
        names=names(
            title, (*content.aliases, *file.aliases(title), *_unused(content, title)), [*headings, *content.blocks]
        ),
        size_bytes=len(data),
        metadata=msgspec.structs.replace(
            dated(content.metadata, title, file, changed_s),
            names=file.line(title),
            language=content.metadata.language or short_language(content.text),
        ),
        warnings=warnings,
    )


def _unused(content: Content, title: str) -> tuple[str, ...]:
    """Return the document's stated title as an alias if ``title`` replaced it.

    Not if a program wrote it, or it is a heading.
    """
    stated = one_line(content.title)
    heading = any(one_line(each) == stated for _, each in content.headings)
    return () if stated == title or heading or is_nobodys(stated) else (stated,)


def _content(suffix: str, data: bytes) -> Content:
    if read_bytes := _reader_of_bytes(suffix):
        return read_bytes(data)
    decoded = decode(data)
    text = clean(decoded.text)
    content = _reader_of_text(suffix)(text)
    return msgspec.structs.replace(content, warnings=decoded.doubts + content.warnings)


# Only the readers that are needed are imported: all of them take longer than a hundred notes.
@cache
def _reader_of_bytes(suffix: str) -> Callable[[bytes], Content] | None:
    if suffix == ".pdf":
        from .pdf.pdf import read_pdf as read
    elif suffix in (".html", ".htm"):
        from .html.html import read_html as read
    elif suffix == ".docx":
        from .office.docx import read_docx as read
    elif suffix == ".odt":
        from .office.odt import read_odt as read
    elif suffix == ".rtf":
        from .office.rtf import read_rtf as read
    else:
        return None
    return read


@cache
def _reader_of_text(suffix: str) -> Callable[[str], Content]:
    if suffix in (".md", ".markdown"):
        from .markdown.markdown import read_markdown as read
    elif suffix == ".org":
        from .org.org import read_org as read
    elif suffix == ".rst":
        from .restructured.restructured import read_rst as read
    elif suffix in (".csv", ".tsv"):
        from .delimited import read_delimited

        return partial(read_delimited, tabs=suffix == ".tsv")
    else:
        from .delimited import read_text as read
    return read


def _target(link: str, path: Path) -> str:
    """Return the address that a link in the file ``path`` leads to; "" if it leads to no document."""
    if link.startswith(wikilink.MARK):
        return wikilink.stored(link.strip("[]"), address_of(path.parent))
    try:
        link, _ = urldefrag(link)
        parts = urlsplit(link)
    except ValueError:
        # Such as "http://[": what cannot be parsed leads nowhere.
        return ""
    if parts.scheme or parts.netloc:
        return clean(link) if parts.scheme in ("http", "https") else ""
    return address_of(Path(os.path.normpath(path.parent / unquote(parts.path)))) if parts.path else ""

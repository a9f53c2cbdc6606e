"""Read files as documents with address, title, plain text, names and links; report unreadable files as skipped.

=================  ===============================================================================================
``.txt``           the text; title: the file's name
``.md .markdown``  the text as it is; title: ``title.py``
``.html .htm``     ``html.py``
``.pdf``           ``pdf.py``
``.jsonl``         one document a line: ``text``, and where given ``title`` and ``_id``, ``id`` or ``url``; a bad line
                   is reported by its number, the others are read
=================  ===============================================================================================

The title is the one that the document states, in a first heading of level 1, in its front matter or as the page's, else
the name of the file: ``title.py``. What the path says besides, and the date: ``naming.py``, ``dating.py``.

Front matter, and the fields of a line or of its ``metadata`` (as in BEIR), give tags, domain, date, language and
aliases of the document: ``metadata.py``. Headings of Markdown and HTML are names of the chunks they stand in.
"""

from __future__ import annotations

import hashlib
import os.path
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import msgspec

from ...text.clean import Empty, Unreadable, clean, decode, one_line
from ...text.told_language import told_language
from .dating import dated
from .document import Content, Document, Unchanged, names
from .html import read_html
from .lines import read_lines
from .markdown import read_markdown
from .naming import FileNames, names_of
from .pdf import read_pdf
from .title import is_nobodys, title_of
from .walk import Skipped, address_of

# Each is searched for in all texts: a document of nothing but headings would take time quadratic in its length.
MAX_HEADINGS = 2000


def read(
    path: Path, known: Callable[[str], str | None], root: Path | None = None
) -> Iterator[Document | Unchanged | Skipped]:
    """Yield the documents of one file; if it cannot be read, yield a Skipped.

    ``known`` gives the content hash of an address in the memory, or None. ``root``: the folder that is ingested; None:
    the file alone. Raises MissingExtra when the reader for this kind of file is not installed.
    """
    file = names_of(path, root or path)
    for item in _read(path, known, file):
        if isinstance(item, Document) and not item.metadata.dated:
            yield _one_of_several(item, file)
        else:
            yield item


def _read(path: Path, known: Callable[[str], str | None], file: FileNames) -> Iterator[Document | Unchanged | Skipped]:
    uri, size_bytes = address_of(path), 0
    try:
        data = path.read_bytes()
        size_bytes = len(data)
        if path.suffix.lower() == ".jsonl":
            yield from read_lines(uri, data, known)
            return
        content_hash = hashlib.sha256(data).hexdigest()
        if known(uri) == content_hash:
            yield Unchanged(uri=uri, size_bytes=size_bytes)
        else:
            yield _read_whole(path, data, content_hash, file)
    except Unreadable as error:
        yield Skipped(uri=uri, reason=str(error), size_bytes=size_bytes, empty=isinstance(error, Empty))
    except OSError as error:
        yield Skipped(uri=uri, reason=error.strerror or str(error))


def _one_of_several(document: Document, file: FileNames) -> Document:
    """Date one of several documents in a file: its own time counts before the day that the file is called by."""
    named = file if file.of_a_day and not document.metadata.timestamp else None
    metadata = dated(document.metadata, document.title, named)
    language = metadata.language or told_language(document.text)
    return msgspec.structs.replace(document, metadata=msgspec.structs.replace(metadata, language=language))


def _read_whole(path: Path, data: bytes, content_hash: str, file: FileNames) -> Document:
    suffix = path.suffix.lower()
    content = _content(suffix, data)
    if not content.text.strip():
        raise Empty("holds no text" + (" (scanned pages?)" if suffix == ".pdf" else ""))
    title = title_of(content, file)
    headings, warnings = content.headings, content.warnings
    if len(headings) > MAX_HEADINGS:
        warnings += (
            f"it has {len(headings):,} headings; what mentions them is tied to the first {MAX_HEADINGS:,} only",
        )
        headings = headings[:MAX_HEADINGS]
    return Document(
        uri=address_of(path),
        title=title,
        text=content.text,
        content_hash=content_hash,
        markdown=suffix in (".md", ".markdown"),
        links=tuple((at, target) for at, link in content.links if (target := _target(link, path))),
        names=names(title, (*content.aliases, *file.aliases(title), *_unused(content, title)), headings),
        size_bytes=len(data),
        metadata=msgspec.structs.replace(
            dated(content.metadata, title, file, path.stat().st_mtime),
            names=file.line(title),
            language=content.metadata.language or told_language(content.text),
        ),
        warnings=warnings,
    )


def _unused(content: Content, title: str) -> tuple[str, ...]:
    """Return a title that the document states and does not get, unless a program wrote it or it is a heading."""
    stated = one_line(content.title)
    heading = any(one_line(each) == stated for _, each in content.headings)
    return () if stated == title or heading or is_nobodys(stated) else (stated,)


def _content(suffix: str, data: bytes) -> Content:
    if suffix == ".pdf":
        title, text = read_pdf(data)
        return Content(title=title, text=text)
    if suffix in (".html", ".htm"):
        title, text, links, headings = read_html(data)
        return Content(title=title, text=text, links=links, headings=headings)
    text = clean(decode(data))
    return read_markdown(text) if suffix in (".md", ".markdown") else Content(title="", text=text)


def _target(link: str, path: Path) -> str:
    """Return the address of the document that a link in the file ``path`` leads to; "" if it leads to none."""
    try:
        link, _ = urldefrag(link)
        parts = urlsplit(link)
    except ValueError:
        # Such as "http://[": what cannot be parsed leads nowhere.
        return ""
    if parts.scheme or parts.netloc:
        return clean(link) if parts.scheme in ("http", "https") else ""
    return address_of(Path(os.path.normpath(path.parent / unquote(parts.path)))) if parts.path else ""

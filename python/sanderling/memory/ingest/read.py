"""Read files as documents with address, title, plain text, names and links; report unreadable files as skipped.

=================  ===============================================================================================
``.txt``           the text; title: the file's name
``.md .markdown``  the text as it is; title: the first heading, else that of the front matter, else the file's name
``.html .htm``     ``html.py``; title: that of the page, else the file's name
``.pdf``           ``pdf.py``; title: that in its metadata, else the file's name
``.docx .odt``     ``office/``, as Markdown; title: the one styled so, else that in its metadata, else the file's name
``.rtf``           ``office/rtf.py``, as Markdown; title: that in its metadata, else the file's name
``.org .rst``      ``org.py``, ``rst.py``, as Markdown; title: ``#+TITLE``, the first heading, else the file's name
``.jsonl .json``   ``objects/``: a document a note or chat, by the names that programs give to text, title and id
``.ndjson``        as ``.jsonl``
``.eml .emlx``     ``mail/``: a document; title: the subject
``.mbox``          ``mail/``: a document a message
``.epub``          ``office/epub.py``: a document a chapter
=================  ===============================================================================================

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

from ...text.clean import Empty, Unreadable, clean, one_line
from ...text.encoding import decode
from .document import Content, Document, Unchanged, names
from .html import read_html
from .markdown import read_markdown
from .office.docx import read_docx
from .office.odt import read_odt
from .office.rtf import read_rtf
from .org import read_org
from .pdf import read_pdf
from .rst import read_rst
from .several import SEVERAL, read_several
from .walk import Skipped, address_of

# Each is searched for in all texts: a document of nothing but headings would take time quadratic in its length.
MAX_HEADINGS = 2000
OFFICE = {".docx": read_docx, ".odt": read_odt, ".rtf": read_rtf}
OF_TEXT = {".md": read_markdown, ".markdown": read_markdown, ".org": read_org, ".rst": read_rst}
# Texts with the signs of Markdown, written or made by a reader.
MARKDOWN = (*OFFICE, *OF_TEXT)


def read(path: Path, known: Callable[[str], str | None]) -> Iterator[Document | Unchanged | Skipped]:
    """Yield the documents of one file; if it cannot be read, yield a Skipped.

    ``known`` gives the content hash of an address in the memory, or None. Raises MissingExtra when the reader for this
    kind of file is not installed.
    """
    uri, size_bytes = address_of(path), 0
    try:
        if path.suffix.lower() in SEVERAL:
            size_bytes = path.stat().st_size
            yield from read_several(path, uri, known)
            return
        data = path.read_bytes()
        size_bytes = len(data)
        content_hash = hashlib.sha256(data).hexdigest()
        if known(uri) == content_hash:
            yield Unchanged(uri=uri, size_bytes=size_bytes)
        else:
            yield _read_whole(path, data, content_hash)
    except Unreadable as error:
        yield Skipped(uri=uri, reason=str(error), size_bytes=size_bytes, empty=isinstance(error, Empty))
    except OSError as error:
        yield Skipped(uri=uri, reason=error.strerror or str(error))


def _read_whole(path: Path, data: bytes, content_hash: str) -> Document:
    suffix = path.suffix.lower()
    content = _content(suffix, data)
    if not content.text.strip():
        raise Empty("holds no text" + (" (scanned pages?)" if suffix == ".pdf" else ""))
    title = one_line(content.title) or one_line(path.stem)
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
        markdown=suffix in MARKDOWN,
        links=tuple((at, target) for at, link in content.links if (target := _target(link, path))),
        names=names(title, content.aliases, headings),
        size_bytes=len(data),
        metadata=content.metadata,
        warnings=warnings,
    )


def _content(suffix: str, data: bytes) -> Content:
    if suffix == ".pdf":
        title, text = read_pdf(data)
        return Content(title=title, text=text)
    if suffix in (".html", ".htm"):
        title, text, links, headings = read_html(data)
        return Content(title=title, text=text, links=links, headings=headings)
    if suffix in OFFICE:
        return OFFICE[suffix](data)
    decoded = decode(data)
    text = clean(decoded.text)
    reader = OF_TEXT.get(suffix)
    content = reader(text) if reader else Content(title="", text=text)
    return msgspec.structs.replace(content, warnings=decoded.doubts + content.warnings)


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

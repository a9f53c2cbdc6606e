"""EPUB reader: yields each chapter of a book as a document, in reading order."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

from ....records import NodeMetadata, Record
from ....text.clean import Unreadable, one_line
from ..html.html import read_html
from ..metadata import metadata_of
from ..part import Bad, Part
from ..title import is_nobodys
from .archive import Archive
from .xml import End, Start, events

_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
_FONTS = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})


class _Book(Record):
    """The title, metadata, pages and tables of contents of a book."""

    title: str
    metadata: NodeMetadata
    warnings: tuple[str, ...]
    pages: tuple[str, ...]
    """Members of the archive in reading order."""
    contents: tuple[str, ...]
    """Members with a table of contents."""


def parts(data: bytes) -> Iterator[Part | Bad]:
    """Yield the chapters of a book, titled ``BOOK: CHAPTER``.

    Raises Unreadable for a broken, encrypted or hostile file, and for a book without pages.
    """
    archive = Archive(data)
    if "META-INF/rights.xml" in archive or _encrypted(archive):
        raise Unreadable("encrypted: a book with copy protection (DRM)")
    book = _book(archive)
    if not book.pages:
        raise Unreadable("a broken book: it names no pages")
    names = _chapter_names(archive, book.contents)
    for number, page in enumerate(book.pages, start=1):
        if page not in archive:
            yield Bad(place=page, reason="a page that the book names and does not hold")
            continue
        try:
            data = archive.read(page)
            content = read_html(data)
        except Unreadable as error:
            yield Bad(place=page, reason=str(error))
            continue
        # A cover, or a picture of a page.
        if not content.text.strip():
            continue
        # Programs repeat the book's title in the head of every page.
        heads = [content.headings[0][1] if content.headings else "", content.title]
        own = next((head for head in heads if head.strip() != book.title and not is_nobodys(head)), f"part {number}")
        chapter = names.get(page) or own
        title = f"{book.title}: {chapter}" if book.title and chapter != book.title else chapter
        content = msgspec.structs.replace(
            content, title=one_line(title), metadata=book.metadata, warnings=content.warnings + book.warnings
        )
        yield Part(name=page, content=content, size_bytes=len(data))


def _encrypted(archive: Archive) -> bool:
    """Tell whether anything besides fonts is encrypted."""
    methods = (
        event.attributes.get("Algorithm", "")
        for event in events(archive.pieces("META-INF/encryption.xml"))
        if isinstance(event, Start) and event.name == "EncryptionMethod"
    )
    return any(method not in _FONTS for method in methods)


def _book(archive: Archive) -> _Book:
    package = next(
        (
            event.attributes.get("full-path", "")
            for event in events(archive.pieces("META-INF/container.xml"))
            if isinstance(event, Start) and event.name == "rootfile"
        ),
        "",
    )
    if package not in archive:
        raise Unreadable("a broken book: it has no list of its parts")
    said: dict[str, list[str]] = {}
    members: dict[str, tuple[str, str, str]] = {}
    spine: list[str] = []
    contents = name = ""
    for event in events(archive.pieces(package)):
        if isinstance(event, str):
            if name in ("title", "language", "date", "subject") and event.strip():
                said.setdefault(name, []).append(event.strip())
            continue
        name = event.name if isinstance(event, Start) else ""
        if isinstance(event, End):
            continue
        attributes = event.attributes
        if event.name == "item":
            member = _member(package, attributes.get("href", ""))
            about = (member, attributes.get("media-type", ""), attributes.get("properties", ""))
            members[attributes.get("id", "")] = about
        elif event.name == "spine":
            contents = attributes.get("toc", "")
        elif event.name == "itemref" and attributes.get("linear") != "no":
            spine.append(attributes.get("idref", ""))
    navigation = [member for member, _, properties in members.values() if "nav" in properties.split()]
    if contents in members:
        navigation.append(members[contents][0])
    read = [members[each] for each in spine if each in members]
    pages = [member for member, kind, properties in read if kind in _PAGES and "nav" not in properties.split()]
    # Calibre writes the year 101 where it knows none.
    dates = [date for date in said.get("date", ()) if not date.startswith("0")]
    stated = {"date": "".join(dates[:1]), "language": said.get("language", [""])[0], "tags": said.get("subject")}
    metadata, warnings = metadata_of({key: value for key, value in stated.items() if value})
    return _Book(
        title="" if is_nobodys(title := one_line(said.get("title", [""])[0])) else title,
        metadata=metadata,
        warnings=warnings,
        pages=tuple(dict.fromkeys(pages)),
        contents=tuple(navigation),
    )


def _chapter_names(archive: Archive, contents: tuple[str, ...]) -> dict[str, str]:
    """Return the chapter names of pages, from the tables of contents of EPUB 3 and EPUB 2.

    EPUB 3 has ``a`` elements, EPUB 2 ``navPoint``.
    """
    found: dict[str, str] = {}
    for member in contents:
        page, label, reading = "", list[str](), False
        try:
            for event in events(archive.pieces(member)):
                if isinstance(event, str):
                    if reading:
                        label.append(event)
                elif isinstance(event, Start):
                    if event.name in ("a", "text"):
                        label, reading = [], True
                    if event.name in ("a", "content"):
                        address = event.attributes.get("href", event.attributes.get("src", ""))
                        page = _member(member, address.partition("#")[0])
                    if event.name == "content":
                        found.setdefault(page, one_line("".join(label)))
                elif event.name in ("a", "text"):
                    reading = False
                    if event.name == "a" and page:
                        found.setdefault(page, one_line("".join(label)))
        except Unreadable:
            # Names of chapters are also their headings: a book is read without its table of contents.
            continue
    return {page: name for page, name in found.items() if name}


def _member(beside: str, address: str) -> str:
    """Return the name of the member that a link ``address`` in the member ``beside`` leads to."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(beside), unquote(address))).lstrip("/")

"""A document read from a file or given as text, not yet cut into chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import astuple

from ...embedding.contract import embedded_head
from ...records import NodeMetadata, Record
from ...text.clean import clean, one_line
from ...text.name_trie import Name


class Content(Record):
    """The content of a file: text, links, headings and metadata."""

    title: str
    """Title as written; empty if there is none."""
    text: str
    links: Sequence[tuple[int, str]] = ()
    """(offset in the text, link as written)"""
    headings: Sequence[tuple[int, str]] = ()
    """(offset in the text, heading as written)"""
    blocks: Sequence[tuple[int, str]] = ()
    """(offset in the text, ``^`` and the id) of each block with an id"""
    aliases: tuple[str, ...] = ()
    metadata: NodeMetadata = NodeMetadata()
    warnings: tuple[str, ...] = ()


class Document(Record):
    """An addressed document, not yet cut into chunks.

    Texts, names and addresses are normalised.
    """

    uri: str
    title: str
    text: str
    content_hash: str
    """SHA-256 of the bytes of the document."""
    markdown: bool = False
    links: tuple[tuple[int, str], ...] = ()
    """(offset in the text, address) of each link to another document."""
    names: tuple[tuple[int, Name], ...] = ()
    """(offset in the text, name) of each alias and heading."""
    size_bytes: int = 0
    """Number of bytes of the document."""
    metadata: NodeMetadata = NodeMetadata()
    """Metadata from the document itself; without a timestamp, the time of ingest is used."""
    warnings: tuple[str, ...] = ()

    @property
    def head(self) -> str:
        """The prefix embedded before each chunk."""
        return embedded_head(self.title, self.metadata.names)


class Unchanged(Record):
    """A document whose content the memory already has."""

    uri: str
    size_bytes: int


def document_of(
    text: str, title: str, uri: str, metadata: NodeMetadata | None = None, aliases: Sequence[str] = ()
) -> Document:
    """Build a document from a text that is in no file.

    ``metadata`` None: no metadata. ``aliases`` are other names of the document beside ``title``.
    """
    text, title, metadata = clean(text), one_line(title), metadata or NodeMetadata()
    data = f"{title}\0{text}".encode()
    # Other tags make another document of the same text. Absent metadata and aliases leave the hash as it is.
    known = b"\0" + msgspec.json.encode(astuple(metadata)) if metadata != NodeMetadata() else b""
    known += b"\0" + msgspec.json.encode(tuple(aliases)) if aliases else b""
    if metadata.timestamp and not metadata.dated:
        metadata = msgspec.structs.replace(metadata, dated="stated")
    return Document(
        uri=clean(uri),
        title=title,
        text=text,
        content_hash=hashlib.sha256(data + known).hexdigest(),
        names=names(title, aliases, ()),
        size_bytes=len(data),
        metadata=metadata,
    )


def names(title: str, aliases: Iterable[str], headings: Iterable[tuple[int, str]]) -> tuple[tuple[int, Name], ...]:
    """Return (offset, name) of each alias and heading, except empty names and the title."""
    found = [(0, Name(one_line(alias))) for alias in aliases]
    found += [(at, Name(one_line(heading), heading=True)) for at, heading in headings]
    return tuple((at, name) for at, name in found if name.text and name.text != title)

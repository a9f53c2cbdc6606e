"""Reads, checks and writes the lines of an exported memory one at a time."""

from __future__ import annotations

import math
import uuid
from typing import Annotated

import msgspec
import numpy as np

from ...records import EdgeMetadata, NodeMetadata, NodeSource, NodeType, Record, Vectors
from ...text.clean import clean, one_line
from ...text.dates.moments import stated_moment
from ..read.metadata import MAX_TEXTS, merged

FORMAT = 1
MAX_LINE_BYTES = 16 << 20
"""A longer line is not read: it is no note, and would be held in memory as a whole."""
MAX_RELATION_CHARS = 100
_NAMESPACE = uuid.UUID("3f1e8a52-6c0b-5d0e-9a58-0f6e3a0a7c11")

Weight = Annotated[float, msgspec.Meta(gt=0, le=float(np.finfo(np.float32).max))]


class Bad(Exception):
    """Raised for a line that cannot be used; the message is shown after "line N: "."""


class Line(Record, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"):
    """Base of all lines. A field that nobody knows is refused, not dropped without a word."""


class HeadLine(Line, tag="memory"):
    """The first line: the version of the format, and the embedder."""

    format: int
    embedder: str = ""
    dim: int = 0


class DocumentLine(Line, tag="document"):
    """A document; the lines of its nodes follow."""

    uri: str
    title: str = ""
    content_hash: str = ""
    """Empty: an ingest of this address reads it again."""
    ingested_at: str = ""


class NodeLine(Line, tag="node"):
    """A note, or one chunk of the document before it."""

    text: str
    id: str = ""
    """A UUID; empty: derived from the line, so that the same line is taken once."""
    type: NodeType = "memory"
    source: NodeSource = "agent"
    title: str = ""
    document: str = ""
    """Address of the document before it; empty: the note belongs to none."""
    metadata: NodeMetadata = NodeMetadata()
    aliases: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    """Addresses that the text links to."""
    vector: bytes = b""
    """Little-endian float32, of the embedder that the first line names; empty: the text is embedded."""


class EdgeLine(Line, tag="edge"):
    """An edge between two nodes of the file or of the memory."""

    src: str
    dst: str
    rel: str
    weight: Weight = 1.0
    id: str = ""
    metadata: EdgeMetadata = EdgeMetadata()


AnyLine = HeadLine | DocumentLine | NodeLine | EdgeLine


def encode(line: Line) -> bytes:
    """Return a line as JSON, with a line break at the end."""
    return msgspec.json.encode(line) + b"\n"


def decode(data: bytes) -> AnyLine:
    """Return the line in ``data``, with normalised texts. Raises Bad."""
    try:
        fields = msgspec.json.decode(data)
        if isinstance(fields, dict):
            fields.setdefault("kind", "node")
        line: AnyLine = msgspec.convert(fields, AnyLine)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Bad(str(error)) from error
    except RecursionError as error:
        raise Bad("brackets within brackets, deeper than any note has them") from error
    if isinstance(line, HeadLine):
        return line
    if isinstance(line, DocumentLine):
        return _document(line)
    return _node(line) if isinstance(line, NodeLine) else _edge(line)


def vector_of(line: NodeLine, dim: int) -> Vectors:
    """Return the vector of a line, float32[dim]. Raises Bad for one that does not fit."""
    if len(line.vector) != 4 * dim:
        raise Bad(f"vector has {len(line.vector)} bytes, and {dim} numbers have {4 * dim}")
    vector = np.frombuffer(line.vector, "<f4").astype(np.float32)
    if not np.isfinite(vector).all() or not vector.any():
        raise Bad("vector holds a number that is none, or nothing but zeros")
    return vector


def _document(line: DocumentLine) -> DocumentLine:
    if not (uri := clean(line.uri)).strip():
        raise Bad("uri is empty: a document needs an address")
    return msgspec.structs.replace(
        line,
        uri=uri,
        title=one_line(line.title),
        content_hash=one_line(line.content_hash),
        ingested_at=_moment(line.ingested_at),
    )


def _node(line: NodeLine) -> NodeLine:
    text, title = clean(line.text), one_line(line.title)
    if not text.strip():
        raise Bad("text is empty: nothing to remember")
    metadata = line.metadata
    if not math.isfinite(metadata.score):
        raise Bad("score is no number")
    tags = merged(metadata.tags)
    if max(len(tags), len(line.aliases)) > MAX_TEXTS:
        raise Bad(f"more than {MAX_TEXTS} tags or aliases")
    timestamp = _moment(metadata.timestamp)
    metadata = msgspec.structs.replace(
        metadata,
        timestamp=timestamp,
        tags=tags,
        language=one_line(metadata.language),
        domain=one_line(metadata.domain),
        version=one_line(metadata.version),
        names=clean(metadata.names),
        # A date in a line of a program is the note's own, as one in the front matter of a file is.
        dated=metadata.dated or ("stated" if timestamp and not line.id else ""),
    )
    new = msgspec.structs.replace(
        line,
        text=text,
        title=title,
        document=clean(line.document),
        metadata=metadata,
        aliases=_names(line.aliases),
        headings=_names(line.headings),
        links=tuple(map(clean, line.links)),
    )
    return msgspec.structs.replace(new, id=_uuid("id", line.id) if line.id else _derived(new))


def _edge(line: EdgeLine) -> EdgeLine:
    rel = one_line(line.rel)
    if not rel or len(rel) > MAX_RELATION_CHARS:
        raise Bad(f"rel is a name of 1 to {MAX_RELATION_CHARS} characters")
    if np.float32(line.weight) == 0:
        raise Bad("weight is too small to be kept")
    if not 0 <= line.metadata.confidence <= 1:
        raise Bad("confidence is a number from 0 to 1")
    metadata = msgspec.structs.replace(line.metadata, timestamp=_moment(line.metadata.timestamp))
    return msgspec.structs.replace(
        line,
        src=_uuid("src", line.src),
        dst=_uuid("dst", line.dst),
        rel=rel,
        id=_uuid("id", line.id) if line.id else str(uuid.uuid5(_NAMESPACE, f"{line.src} {line.dst} {rel}")),
        metadata=metadata,
    )


def _moment(text: str) -> str:
    try:
        return stated_moment(one_line(text)) if text.strip() else ""
    except ValueError as error:
        raise Bad(str(error)) from error


def _uuid(name: str, text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise Bad(f"{name} {text[:80]!r} is no UUID, such as {uuid.uuid5(_NAMESPACE, 'example')}") from error


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in map(one_line, names) if name))


def _derived(line: NodeLine) -> str:
    return str(uuid.uuid5(_NAMESPACE, msgspec.json.encode(msgspec.structs.replace(line, vector=b"")).decode()))

"""The unit of exchange: a document, a note, or an edge drawn by hand.

A document comes with its nodes; a note has no document. A unit is known by its kind and name: the address of a
document, the id of a note, both ends and the relation of an edge. Its fingerprint says whether two devices have the
same; it leaves out what differs between two that ingested the same file by themselves: the ids of nodes, and times that
are not the document's own.
"""

from __future__ import annotations

import uuid
from hashlib import sha256
from typing import Any, Literal, NamedTuple

import msgspec

from ..errors import HubError
from ..records import NodeSource, NodeType

Kind = Literal["document", "note", "edge"]
OWN_DATES = ("stated", "name")
"""Origins of a node's time that count as part of the document. See :data:`~sanderling.records.Dated`."""


class UnitKey(NamedTuple):
    """The key of a unit: its kind and its name."""

    kind: Kind
    name: str

    @property
    def digest(self) -> bytes:
        """SHA-256 of the key, for the hub's index. Its rows are too short for long addresses."""
        return sha256(f"{self.kind} {self.name}".encode()).digest()


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """A node as sent to the hub."""

    id: str
    text: str
    title: str
    type: NodeType
    source: NodeSource
    timestamp: str
    tags: tuple[str, ...]
    language: str
    domain: str
    version: str
    score: float
    names: str
    dated: str
    aliases: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def compared(self) -> tuple[Any, ...]:
        """The fields that the fingerprint covers."""
        _, *rest = msgspec.structs.astuple(self)
        rest[4] = self.timestamp if self.dated in OWN_DATES else ""
        return tuple(rest)


class Content(msgspec.Struct, frozen=True, array_like=True):
    """The content of a document or a note. A note has one piece, and no title or hash of its own."""

    title: str
    content_hash: str
    ingested_at: str
    pieces: tuple[Piece, ...]

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the compared fields."""
        return sha256(
            msgspec.msgpack.encode((self.title, self.content_hash, [p.compared for p in self.pieces]))
        ).digest()


class MadeEdge(msgspec.Struct, frozen=True, array_like=True):
    """An edge drawn by hand. Its ends are ids of nodes."""

    id: str
    src: str
    dst: str
    rel: str
    weight: float
    timestamp: str
    created_by: Literal["router", "agent", "user"]
    confidence: float

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the compared fields."""
        return sha256(msgspec.msgpack.encode((self.weight, self.created_by, self.confidence))).digest()

    @property
    def name(self) -> str:
        """Name of the edge: both ends and the relation."""
        return f"{self.src} {self.dst} {self.rel}"


class Version(NamedTuple):
    """A version of a unit: the later of two versions wins.

    It does so where neither was made from the other; of equal times the greater origin wins. ``time``: seconds since
    1970; ``origin``: the device that made it, a UUID.
    """

    time: float
    origin: str
    fingerprint: bytes
    """Fingerprint of the unit; empty: it was deleted."""

    @property
    def deleted(self) -> bool:
        """Whether the unit was deleted."""
        return not self.fingerprint

    def beats(self, other: Version) -> bool:
        """Return whether this version wins against ``other``."""
        return (self.time, self.origin) > (other.time, other.origin)


def encoded(content: Content | MadeEdge) -> bytes:
    """Encode a content or an edge as MessagePack."""
    return msgspec.msgpack.encode(content)


def decoded(kind: Kind, payload: bytes, name: str) -> Content | MadeEdge:
    """Decode a content or an edge from MessagePack. Raises HubError for bytes that no Sanderling wrote."""
    try:
        if kind == "edge":
            edge = msgspec.msgpack.decode(payload, type=MadeEdge)
            if edge.name != name or not 0 < edge.weight <= 3.4e38 or not 0 <= edge.confidence <= 1:
                raise ValueError("an edge with numbers that none has")
            return edge
        content = msgspec.msgpack.decode(payload, type=Content)
        for piece in content.pieces:
            uuid.UUID(piece.id)
        if not content.pieces or not all(piece.text.strip() for piece in content.pieces):
            raise ValueError("a note without words")
    except (ValueError, msgspec.MsgspecError, UnicodeError) as error:
        raise HubError(
            f"the hub's row of {name[:200]!r} is damaged ({error}): push it again from a device that has it"
        ) from error
    return content

"""Encodes the edges that ingest drew, to send them to the hub.

They are useful to a memory with exactly the same documents. They depend on all documents of a memory together. So they
carry a digest of these, of the embedder and of the rules by which they were drawn; where the digest is another, edges
are drawn again.
"""

from __future__ import annotations

import zlib

import msgspec

from ..errors import HubError
from ..memory.store.store import Store
from ..memory.store.units import drawn_edges

LINKER = 1
"""Version of the linking rules in :mod:`sanderling.memory.link`. It is raised when they draw other edges."""

DrawnEdge = tuple[str, str, int, float, str, float]
MAX_BYTES = 1 << 30


def encoded_edges(store: Store) -> bytes:
    """Return the memory's drawn edges as compressed bytes."""
    with store.read():
        return zlib.compress(msgspec.msgpack.encode(list(drawn_edges(store))), 1)


def decoded_edges(packed: bytes) -> list[DrawnEdge]:
    """Decode edges from compressed bytes. Raises HubError for bytes that hold none."""
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, MAX_BYTES)
        if unpacker.unconsumed_tail:
            raise ValueError("larger than any memory's")
        edges = msgspec.msgpack.decode(data, type=list[DrawnEdge])
        if any(not 0 < weight <= 3.4e38 or not 0 <= relation <= 4 for _, _, relation, weight, _, _ in edges):
            raise ValueError("an edge that ingest never draws")
    except (ValueError, zlib.error, msgspec.MsgspecError) as error:
        raise HubError(f"the edges in the hub are damaged ({error}): push again from another device") from error
    return edges

"""A note to write back into a memory as one node. :class:`~sanderling.memory.memory.Memory` stores it."""

from __future__ import annotations

from ..records import NodeMetadata, NodeSource, NodeType, Record


class Note(Record):
    """A note to write back, with its outgoing edges."""

    text: str
    type: NodeType = "memory"
    source: NodeSource = "agent"
    title: str = ""
    metadata: NodeMetadata | None = None
    """Metadata of the note; without a timestamp, the note is dated now."""
    edges: tuple[tuple[int, str, float], ...] = ()
    """(key of the target node, relation, weight); edges to deleted nodes are skipped."""
    id: str = ""
    """Id of the new node, unused so far; empty: a new UUID."""

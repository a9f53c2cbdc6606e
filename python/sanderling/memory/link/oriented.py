"""Give symmetric edges a direction: from the chunk with the later document address.

Which of the two was read first would do as well, but differs between devices that exchange their notes, and attention
weighs both directions differently.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..store.documents import addresses
from ..store.store import Store


def oriented(store: Store, edges: Iterable[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    """Return ``edges`` (node, node, weight), each directed from the later document address.

    Ends without a document, or gone, stay as they are.
    """
    listed = list(edges)
    where = addresses(store, {end for src, dst, _ in listed for end in (src, dst)})
    return [
        (dst, src, weight) if src in where and dst in where and where[src][:2] < where[dst][:2] else (src, dst, weight)
        for src, dst, weight in listed
    ]

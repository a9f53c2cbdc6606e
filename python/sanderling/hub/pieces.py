"""Stores the vectors of pushed nodes for search by pgvector."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..errors import HubError
from ..memory.store.packed import dim_of, unpack_all
from .tables import vectors
from .tables.rows import Sent
from .tables.space import Space
from .unit import UnitKey


def put_pieces(space: Space, units: Sequence[Sent]) -> None:
    """Replace the hub's vectors of ``units`` by the vectors in ``units``.

    Inside the transaction that writes the units.
    """
    named = [unit for unit in units if unit.key.kind != "edge"]
    vectors.delete(space, [unit.key for unit in named])
    found: list[tuple[UnitKey, int, str, str]] = []
    for unit in named:
        if not unit.vectors:
            continue
        values = msgspec.msgpack.decode(unit.vectors, type=list[bytes])
        if not all(values):
            raise HubError(f"{unit.key.name[:200]!r} has a node without a vector: run  sanderling memory repair")
        for position, row in enumerate(unpack_all(values, dim_of(len(values[0])))):
            found.append((unit.key, position, unit.embedder, f"[{','.join(map(repr, row.tolist()))}]"))
    vectors.add(space, found)

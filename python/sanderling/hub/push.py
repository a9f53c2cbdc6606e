"""Push: sends the units that changed since the last agreement with the hub.

Each batch is one transaction of the hub. What it acknowledges is committed there, so a client or a server that ends at
any point loses nothing acknowledged; what was sent without an acknowledgement is found there, or sent again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from .drawn import encoded_edges
from .exchange import Exchange, Exchanged
from .local import digest, local_units, sent
from .pieces import put_pieces
from .tables import rows
from .tables.rows import Sent
from .tables.space import announce
from .unit import UnitKey, Version

UNITS_AT_ONCE = 200
BYTES_AT_ONCE = 8 << 20
TRIES = 8
"""Maximum number of attempts for a batch that conflicts with another device's.

Each time one of the two goes through.
"""
_ORDER = ("document", "note", "edge")
DRAWN_SHARE = 0.01
"""Share of changed documents from which the drawn edges are sent again. They take some 40 bytes an edge."""


def push(exchange: Exchange, on_progress: Callable[[int, int], None] = lambda done, total: None) -> Exchanged:
    """Send new, changed and deleted units to the hub.

    ``on_progress``: called with the units done, and all. Raises HubError where the hub fails; what it acknowledged by
    then is kept.
    """
    versions = _to_send(exchange)
    pushed = conflicts = 0
    for first in range(0, len(versions), UNITS_AT_ONCE):
        batch = list(sent(exchange.memory.store, exchange.local, versions[first : first + UNITS_AT_ONCE]))
        for part in _in_size(batch):
            accepted, lost = _sent(exchange, part)
            pushed += accepted
            conflicts += lost
        on_progress(min(first + UNITS_AT_ONCE, len(versions)), len(versions))
    announce(exchange.space, exchange.origin)
    documents = sum(key.kind == "document" for key, _ in versions)
    if documents and not exchange.rules and not exchange.edges_due:
        _send_drawn(exchange, documents)
    withdrawn = sum(
        key.kind != "edge" and not exchange.bases[key].deleted for key in exchange.local.private & exchange.bases.keys()
    )
    if withdrawn:
        exchange.warnings.append(
            f"{withdrawn:,} notes became private after they were pushed: the hub keeps the version that it has"
        )
    return Exchanged(pushed=pushed, conflicts=conflicts, private=exchange.local.private_nodes)


def _to_send(exchange: Exchange) -> list[tuple[UnitKey, Version]]:
    keys = {*exchange.local.units, *exchange.bases} - exchange.local.private
    found = []
    for key in keys:
        mine = exchange.ours(key)
        base = exchange.bases.get(key)
        if mine is not None and mine != base and "\0" not in key.name:
            found.append((key, mine))
    # Nodes before the edges between them, and in one order everywhere, so that devices wait for each other in turn.
    return sorted(found, key=lambda each: (_ORDER.index(each[0].kind), each[0].digest))


def _in_size(units: Sequence[Sent]) -> list[list[Sent]]:
    parts: list[list[Sent]] = [[]]
    size = 0
    for unit in units:
        size += len(unit.payload) + len(unit.vectors)
        if parts[-1] and size > BYTES_AT_ONCE:
            parts.append([])
            size = len(unit.payload) + len(unit.vectors)
        parts[-1].append(unit)
    return [part for part in parts if part]


def _sent(exchange: Exchange, units: Sequence[Sent]) -> tuple[int, int]:
    """Send one batch to the hub. Returns how many units were accepted, and how many lost to the hub's version."""
    import psycopg

    for attempt in range(TRIES):
        try:
            return _tried(exchange, units)
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            if attempt == TRIES - 1:
                raise
            time.sleep(random.uniform(0.01, 0.1) * (attempt + 1))  # only to part two devices
    raise AssertionError("unreachable")


def _tried(exchange: Exchange, units: Sequence[Sent]) -> tuple[int, int]:
    space = exchange.space
    mine: dict[UnitKey, Version] = {unit.key: unit.version for unit in units}
    agreed: dict[UnitKey, Version] = {}
    with space.connection.transaction():
        rows.fill(space, units)
        new = rows.add_new(space)
        accepted, beaten, lost = set(new), set(), set()
        for key, theirs in rows.locked(space).items():
            if key in new:
                continue
            if theirs.fingerprint == mine[key].fingerprint:
                agreed[key] = theirs
            elif theirs == exchange.bases.get(key):
                accepted.add(key)
            elif mine[key].beats(theirs):
                accepted.add(key)
                beaten.add(key)
            else:
                lost.add(key)
        rows.keep_copies(space, beaten, incoming=False)
        rows.keep_copies(space, {key for key in lost if not mine[key].deleted}, incoming=True)
        rows.replace(space, accepted - new)
        if space.pieces:
            put_pieces(space, [unit for unit in units if unit.key in accepted])
    for key in accepted:
        exchange.agree(key, mine[key])
    for key, version in agreed.items():
        # The ids of a document's nodes may differ; a pull, which reads its content, sees to that.
        if key.kind != "document" or key in exchange.bases:
            exchange.agree(key, version)
    return len(accepted), len(lost) + len(beaten)


def _send_drawn(exchange: Exchange, documents: int) -> None:
    local: Any = local_units(exchange.memory.store, exchange.rules)
    there = sum(key.kind == "document" for key in local.units)
    if documents >= DRAWN_SHARE * there:
        rows.put_drawn(exchange.space, digest(local, exchange.memory.embedder.id), encoded_edges(exchange.memory.store))

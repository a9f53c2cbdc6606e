"""Pull: reads new rows from the hub, and updates the memory.

New are the rows written since the last pull; the memory gets the versions that count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..memory.store.exchange import keys_of
from ..memory.store.units import replace_drawn
from ..memory.store.writer import new_id
from .apply import Applier, Arrived
from .drawn import decoded_edges
from .exchange import Exchange, Exchanged, wanted
from .local import digest, local_units, sent
from .tables import rows
from .tables.rows import Head
from .tables.space import horizon, snapshot
from .unit import Content, MadeEdge, UnitKey, Version, decoded

UNITS_AT_ONCE = 200


class Pulled(NamedTuple):
    """The result of a pull, and the position up to which rows were read."""

    done: Exchanged
    cursor: int | None
    """Transaction up to which rows were read. None: not all of it could be used, and it is read again next time."""


def pull(exchange: Exchange, on_progress: Callable[[int, int], None] = lambda done, total: None) -> Pulled:
    """Bring the hub's changes into the memory.

    ``on_progress``: called with the units done, and all. Raises HubError where the hub fails; what was written stays,
    and the next pull goes on. StorageFull.
    """
    return _Pull(exchange, on_progress).run()


class _Pull:
    def __init__(self, exchange: Exchange, on_progress: Callable[[int, int], None]) -> None:
        self._exchange, self._on_progress = exchange, on_progress
        self._applier = Applier(exchange.memory, exchange.due)
        self._pulled = self._removed = self._conflicts = 0
        self._private = 0

    def run(self) -> Pulled:
        exchange = self._exchange
        heads, cursor = self._heads()
        apply, lost = self._sorted_out(heads)
        self._keep_copies(lost)
        documents = sum(head.key.kind == "document" for head in apply)
        bulk = self._applier.is_bulk(documents) or exchange.edges_due
        self._remove([head for head in apply if head.version.deleted], bulk)
        self._write([head for head in apply if not head.version.deleted], bulk)
        if exchange.edges_due:
            self._draw()
        self._write_edges([head for head in apply if head.key.kind == "edge"])
        exchange.memory.index.catch_up()
        if self._removed and (left := exchange.memory.store.erase()):
            exchange.warnings.append(left)
        if self._private:
            exchange.warnings.append(
                f"{self._private:,} notes are private here and other in the hub: ours stay, unsent"
            )
        done = Exchanged(
            pulled=self._pulled,
            removed=self._removed,
            conflicts=self._conflicts,
            embedded=self._applier.embedded,
            waiting=len(exchange.waiting),
        )
        return Pulled(done, None if self._applier.changed else cursor)

    def _heads(self) -> tuple[list[Head], int]:
        exchange = self._exchange
        with snapshot(exchange.space):
            cursor = horizon(exchange.space)
            # A horizon before the cursor: the hub's numbers began anew.
            since = exchange.cursor if exchange.cursor <= cursor else 0
            heads = list(rows.heads(exchange.space, since))
        if exchange.is_late:
            there = {head.key for head in heads}
            for key, base in exchange.bases.items():
                if key not in there:  # deleted so long ago that the hub has forgotten it
                    heads.append(Head(key, Version(base.time + 1, base.origin, b""), (), ()))
        return heads, cursor

    def _sorted_out(self, heads: Sequence[Head]) -> tuple[list[Head], list[tuple[UnitKey, Version]]]:
        """Return the rows to write into the memory, and our losing versions."""
        exchange = self._exchange
        apply: list[Head] = []
        lost: list[tuple[UnitKey, Version]] = []
        for head in heads:
            key, theirs = head.key, head.version
            base, mine = exchange.bases.get(key), exchange.ours(key)
            if key in exchange.local.private:
                self._private += key.kind != "edge" and base != theirs
            elif base == theirs:
                continue
            elif mine is None and base is None:
                if theirs.deleted:
                    exchange.waiting.pop(key, None)
                elif wanted(exchange.only, head.domains, head.tags) or key.kind == "edge":
                    apply.append(head)
            elif mine is not None and mine.fingerprint == theirs.fingerprint:
                self._same(key, theirs)
            elif mine is None or mine == base:
                apply.append(head)
            elif not mine.beats(theirs):
                if not mine.deleted and key.kind != "edge":
                    lost.append((key, mine))
                apply.append(head)
        return apply, lost

    def _same(self, key: UnitKey, theirs: Version) -> None:
        exchange = self._exchange
        held = exchange.local.units.get(key)
        if held is not None and key not in exchange.bases and key.kind == "document":
            for got in rows.contents(exchange.space, [key]):
                if got.version == theirs and isinstance(content := decoded(key.kind, got.payload, key.name), Content):
                    self._applier.adopt(key, held.row, content)
        exchange.agree(key, theirs)

    def _keep_copies(self, lost: Sequence[tuple[UnitKey, Version]]) -> None:
        """Send our losing versions to the hub as conflict copies. They are overwritten here afterwards."""
        exchange = self._exchange
        for part in _parts(lost):
            units = list(sent(exchange.memory.store, exchange.local, part))
            with exchange.space.connection.transaction():
                rows.fill(exchange.space, units)
                rows.keep_copies(exchange.space, [unit.key for unit in units], incoming=True)
            self._conflicts += len(units)

    def _remove(self, heads: Sequence[Head], bulk: bool) -> None:
        exchange = self._exchange
        gone = [head for head in heads if head.key in exchange.local.units]
        nodes = [(head.key, exchange.local.units[head.key].row) for head in gone if head.key.kind != "edge"]
        edges = [head.key for head in gone if head.key.kind == "edge"]
        done = {*self._applier.remove(nodes, bulk=bulk), *edges}
        self._applier.remove_edges(key.name for key in edges)
        self._removed += len(done)
        for head in heads:
            if head.key in done or head not in gone:
                exchange.wrote(head.key, head.version)

    def _write(self, heads: Sequence[Head], bulk: bool) -> None:
        exchange = self._exchange
        named = [head for head in heads if head.key.kind != "edge"]
        about = {head.key: head for head in named}
        total, done = len(named), 0
        for part in _parts(named):
            arrived, versions = [], {}
            for got in rows.contents(exchange.space, [head.key for head in part]):
                if got.version.deleted:
                    continue  # meanwhile: the next pull hears of it
                content = decoded(got.key.kind, got.payload, got.key.name)
                assert isinstance(content, Content)
                held = exchange.local.units.get(got.key)
                arrived.append(Arrived(got.key, content, got.embedder, got.vectors, held.row if held else None))
                versions[got.key] = got.version
            for key in self._applier.put(arrived, bulk=bulk):
                head = about[key]
                exchange.wrote(key, versions[key])
                exchange.local.units[key] = exchange.local.units[key]._replace(domains=head.domains, tags=head.tags)
                self._pulled += 1
            done += len(part)
            self._on_progress(done, total)

    def _write_edges(self, heads: Sequence[Head]) -> None:
        exchange = self._exchange
        edges: dict[UnitKey, tuple[Version, MadeEdge, bytes]] = {}
        for part in _parts([head.key for head in heads if not head.version.deleted]):
            for got in rows.contents(exchange.space, part):
                if not got.version.deleted and isinstance(edge := decoded("edge", got.payload, got.key.name), MadeEdge):
                    edges[got.key] = (got.version, edge, got.payload)
        for key, (version, payload) in exchange.waiting.items():
            if key not in edges and isinstance(edge := decoded("edge", payload, key.name), MadeEdge):
                edges[key] = (version, edge, payload)
        if not edges:
            return
        there = {edge.name for edge in self._applier.put_edges(edge for _, edge, _ in edges.values())}
        for key, (version, _, payload) in edges.items():
            if key.name in there:
                exchange.waiting.pop(key, None)
                exchange.wrote(key, version)
                self._pulled += 1
            else:
                exchange.waiting[key] = (version, payload)

    def _draw(self) -> None:
        """Draw the edges, or copy those of a memory with the same documents."""
        exchange, store = self._exchange, self._exchange.memory.store
        if not exchange.rules:
            local = local_units(store, exchange.rules)
            found = rows.drawn(exchange.space, digest(local, exchange.memory.embedder.id))
            if found is not None and self._taken(found):
                exchange.due(False)
                return
        self._applier.draw()

    def _taken(self, packed: bytes) -> bool:
        store = self._exchange.memory.store
        edges = decoded_edges(packed)
        with store.write():
            keys = keys_of(store, {end for edge in edges for end in edge[:2]})
            if any(edge[0] not in keys or edge[1] not in keys for edge in edges):
                return False  # ingested here as well, under other ids
            found = (
                (keys[src], keys[dst], relation, weight, timestamp, confidence)
                for src, dst, relation, weight, timestamp, confidence in edges
            )
            replace_drawn(store, found, iter(new_id, ""))
        return True


def _parts(listed: Sequence) -> Iterator[Sequence]:  # type: ignore[type-arg] # of any element
    return (listed[first : first + UNITS_AT_ONCE] for first in range(0, len(listed), UNITS_AT_ONCE))

"""The state of one exchange between a memory and the hub.

It knows what both sides have, and which version of each unit counts.

::

    state file ─► bases ─┐
    memory ─► units ─────┼─► pull: rows since the cursor ─► apply, keep ours, or ours becomes a conflict copy
    hub ─► rows ─────────┘   push: units that differ from their base ─► accepted, the same, or lost
                             end: cursor, bases and token are written

A base is the version that memory and hub had in common at last. A side that still has it has nothing to say; of two
that differ from it the later (time, origin) counts.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Sequence

import msgspec

from ..memory.memory import Memory
from ..memory.store import meta
from ..privacy_rules import PrivacyRules
from ..records import Record
from .local import Held, Local, local_units
from .tables.space import TOMBSTONE_DAYS, Space
from .tables.state import StateFile
from .unit import UnitKey, Version

TOKEN = "hub"
STEP_S = 0.001
"""Minimum time between a version and the one it was made from, in seconds. Whatever the clocks say."""


class Exchanged(Record):
    """Result of an exchange."""

    pulled: int = 0
    """Number of documents, notes and edges written into the memory."""
    removed: int = 0
    """Number of documents, notes and edges deleted from the memory."""
    pushed: int = 0
    """Number of documents, notes and edges that the hub acknowledged. Deletions are among them."""
    conflicts: int = 0
    """Number of versions kept as conflict copies. Another version counts instead."""
    embedded: int = 0
    """Number of texts embedded here. Their vectors were another embedder's."""
    private: int = 0
    """Number of nodes that stay on this device."""
    waiting: int = 0
    """Number of edges whose other end is not here yet."""
    warnings: tuple[str, ...] = ()


class Exchange:
    """The state of one exchange, shared by pull and push. One per run; see :mod:`~sanderling.hub.sync`."""

    def __init__(self, memory: Memory, space: Space, state: StateFile, rules: PrivacyRules, only: str = "") -> None:
        """Read the state that the last exchange left.

        ``only``: a filter under which rows are pulled, as a text; "" for all. Raises MemoryFileError.
        """
        self.memory, self.space, self.state, self.rules, self.only = memory, space, state, rules, only
        facts = state.facts()
        token = meta.get(memory.store.database, TOKEN)
        known = token and token in (facts.get("token"), facts.get("next"))
        self.anew = not (known and (facts.get("hub"), facts.get("space")) == (space.hub, space.name))
        """Whether no earlier exchange with this space is known."""
        self.origin = facts.get("origin") or str(uuid.uuid4())
        if "origin" not in facts:
            state.note({"origin": self.origin})
        self.facts = facts
        self.bases = {} if self.anew else state.bases()
        self.waiting = {} if self.anew else state.waiting()
        self.cursors = {} if self.anew else msgspec.json.decode(facts.get("cursors", "{}"), type=dict[str, int])
        self.edges_due = facts.get("edges_due") == "yes"
        self.started = time.time()
        self.last = 0.0 if self.anew else float(facts.get("ended", "0"))
        self.is_late = bool(self.last) and self.started - self.last > TOMBSTONE_DAYS * 86_400
        """Whether the hub may have forgotten deletions since the last exchange. This device has not heard of them."""
        self.local: Local = local_units(memory.store, rules)
        self._changed: dict[UnitKey, Version | None] = {}
        self.warnings: list[str] = []

    @property
    def cursor(self) -> int:
        """Number of the transaction up to which rows were read."""
        return 0 if self.is_late else self.cursors.get(self.only, 0)

    def ours(self, key: UnitKey) -> Version | None:
        """Return the memory's version of a unit; None if the unit is unknown here."""
        held, base = self.local.units.get(key), self.bases.get(key)
        if held is None:
            # When it was deleted nobody noted: not before the last exchange.
            if base is None or base.deleted:
                return None
            return Version(max(base.time, self.last) + STEP_S, self.origin, b"")
        if base is not None and base.fingerprint == held.fingerprint:
            return base
        moment = min(held.time, self.started) or self.started
        if base is not None and moment <= base.time:
            moment = max(self.started, base.time + STEP_S)
        elif base is None and moment >= math.floor(self.last):
            # Memories note whole seconds. What the last exchange did not know came after it, and so after what was
            # deleted then.
            moment = max(moment, self.last + STEP_S)
        return Version(moment, self.origin, held.fingerprint)

    def agree(self, key: UnitKey, version: Version) -> None:
        """Record that memory and hub have the same ``version`` of a unit."""
        self.bases[key] = version
        # A tombstone needs no memory here: what is in neither the memory nor the bases is not there.
        if version.deleted:
            del self.bases[key]
        self._changed[key] = None if version.deleted else version

    def wrote(self, key: UnitKey, version: Version, like: Held | None = None) -> None:
        """Record that the hub's ``version`` of a unit was written to the memory. Hub and memory then agree."""
        if version.deleted:
            self.local.units.pop(key, None)
        else:
            self.local.units[key] = Held(version.fingerprint, version.time, -1, *(like[3:] if like else ()))
        self.agree(key, version)

    def due(self, value: bool) -> None:
        """Store whether all edges between documents have to be drawn."""
        if value != self.edges_due:
            self.state.note({"edges_due": "yes" if value else "no"})
            self.edges_due = value

    def end(self, cursor: int | None) -> None:
        """Write the state of the exchange to disk.

        ``cursor`` None: it stays where it was. Raises MemoryFileError, StorageFull.
        """
        if cursor is not None:
            self.cursors[self.only] = cursor
        facts = {
            "hub": self.space.hub,
            "space": self.space.name,
            "ended": repr(self.started),
            "cursors": msgspec.json.encode(self.cursors).decode(),
        }
        if self._changed or self.anew:
            # The memory is told first: knowledge without its token in the memory is not used.
            token = uuid.uuid4().hex
            self.state.note({"next": token})
            with self.memory.store.write():
                meta.put(self.memory.store.database, TOKEN, token)
            facts["token"] = token
        waiting = [(key, version, payload) for key, (version, payload) in self.waiting.items()]
        self.state.end(facts, self._changed, waiting, anew=self.anew)


def wanted(only: str, domains: Sequence[str], tags: Sequence[str]) -> bool:
    """Return whether a unit passes the filter ``only``. ``only``: "", ``domain=NAME`` or ``tag=NAME``."""
    kind, _, name = only.partition("=")
    if not only:
        return True
    if kind == "domain":
        return name in domains
    return PrivacyRules(tags=frozenset({_folded(name)})).covers("", tags, "")


def _folded(tag: str) -> str:
    return tag.lstrip("#").rstrip("/").casefold()

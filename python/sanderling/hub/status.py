"""Reports pending changes, devices and conflict copies."""

from __future__ import annotations

from datetime import UTC, datetime

from ..errors import UsageError
from ..memory.store.store import Store
from ..privacy_rules import PrivacyRules
from ..records import Record
from .local import local_units
from .tables import rows
from .tables.space import Space, counts, devices, snapshot
from .tables.state import StateFile
from .unit import Content, decoded


class ConflictCopy(Record):
    """A losing version of a document or note."""

    id: int
    kind: str
    name: str
    made_at: str
    origin: str
    """Id of the device that made the version."""
    found_at: str


class HubStatus(Record):
    """State of a memory and of its space on the hub."""

    space: str
    hub: dict[str, int]
    """Numbers of documents, notes, edges, tombstones and nodes on the hub."""
    devices: tuple[str, ...]
    """Name, id and last push of each device."""
    searches: bool
    """Whether the hub searches with pgvector."""
    this_device: str
    """Id of this device; "" before its first exchange."""
    last_exchange: str
    to_push: int
    to_pull: int
    private: int
    """Number of nodes that must stay on this device."""
    waiting: int
    conflicts: tuple[ConflictCopy, ...]


def status(store: Store, space: Space, rules: PrivacyRules) -> HubStatus:
    """Return the state of the memory and the hub. Nothing is changed. Raises HubError, MemoryFileError."""
    state = StateFile(store.path)
    try:
        facts, bases, waiting = state.facts(), state.bases(), state.waiting()
    finally:
        state.close()
    if (facts.get("hub"), facts.get("space")) != (space.hub, space.name):
        bases, waiting = {}, {}
    local = local_units(store, rules)
    with snapshot(space):
        heads = list(rows.heads(space, 0))
    keys = {*local.units, *bases} - local.private
    to_push = sum(
        (base.fingerprint if (base := bases.get(key)) else b"")
        != (held.fingerprint if (held := local.units.get(key)) else b"")
        for key in keys
    )
    to_pull = sum(
        bases.get(head.key) != head.version and not (head.version.deleted and head.key not in bases)
        for head in heads
        if head.key not in local.private and head.key not in waiting
    )
    ended = float(facts.get("ended", "0"))
    return HubStatus(
        space=space.name,
        hub=counts(space),
        devices=tuple(f"{each.name} ({each.origin}), pushed {each.pushed_at}" for each in devices(space)),
        searches=space.pieces,
        this_device=facts.get("origin", ""),
        last_exchange=_moment(ended) if ended else "",
        to_push=to_push,
        to_pull=to_pull,
        private=local.private_nodes,
        waiting=len(waiting),
        conflicts=tuple(
            ConflictCopy(
                id=copy.id,
                kind=copy.key.kind,
                name=copy.key.name,
                made_at=_moment(copy.time),
                origin=copy.origin,
                found_at=copy.found_at,
            )
            for copy in rows.copies(space)
        ),
    )


def conflict_text(space: Space, id: int) -> str:
    """Return the text of a conflict copy. Raises UsageError if there is none of this number."""
    found = rows.copy_of(space, id)
    if found is None:
        raise UsageError(f"there is no conflict copy {id}: sanderling hub status  lists them")
    content = decoded(found[0].kind, found[1], found[0].name)
    return "\n\n".join(piece.text for piece in content.pieces) if isinstance(content, Content) else ""


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")

"""Prepare the metadata and edges of a note given by a person or a program."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import UsageError
from ...records import NodeMetadata
from ...text.clean import clean, one_line
from ...text.dates.moments import stated_moment
from ..files.address import Held
from ..read.metadata import MAX_TEXTS, merged
from ..store.description import ids_from
from ..store.exchange import keys_of
from ..store.store import Store
from ..upkeep.forget import meant
from .lines import MAX_RELATION_CHARS

NEAR = 3
"""Notes that an error names at most."""


def given(tags: Sequence[str], domain: str, date: str) -> NodeMetadata:
    """Check and return the metadata given for a note.

    Raises UsageError for a ``date`` that is none, and for too many tags.
    """
    try:
        timestamp = stated_moment(one_line(date)) if date else ""
    except ValueError as error:
        raise UsageError(str(error)) from error
    kept = merged(tags)
    if len(kept) > MAX_TEXTS:
        raise UsageError(f"{len(kept):,} tags: a note has {MAX_TEXTS} at most")
    return NodeMetadata(timestamp=timestamp, tags=kept, domain=one_line(domain), dated="stated" if timestamp else "")


def targets(store: Store, names: Sequence[str], relation: str) -> list[int]:
    """Return the keys of the nodes that ``names`` stand for. A document stands for its first node.

    Raises UsageError for a name that stands for none or for several, and for a ``relation`` that is no name.
    """
    if names and (not relation.strip() or relation != one_line(relation) or len(relation) > MAX_RELATION_CHARS):
        raise UsageError(f"a relation is one line of 1 to {MAX_RELATION_CHARS} characters, such as cites or agent_step")
    held = Held(document.uri for document in store.documents()) if names else Held()
    return list(dict.fromkeys(_target(store, name, held) for name in names))


def _target(store: Store, name: str, held: Held) -> int:
    ids = ids_from(store, name.lower(), NEAR + 1) if name and set(name.lower()) <= set("0123456789abcdef-") else []
    if name.lower() in ids or len(ids) == 1:
        return keys_of(store, ids if len(ids) == 1 else [name.lower()]).popitem()[1]
    uris = [] if ids else _documents(name, held)
    if len(uris) == 1 and (document := store.document(uris[0])) is not None:
        return store.document_nodes(document.key)[0]
    shown = [*ids, *uris]
    more = ", …" if len(shown) > NEAR else ""
    raise UsageError(f"{name} stands for several notes, write more of it: {', '.join(shown[:NEAR])}{more}")


def _documents(name: str, held: Held) -> list[str]:
    """Return the only address that ends in ``name``; otherwise the addresses at and below the path ``name``."""
    ending = [uri for uri in held.below("/") if name and uri.endswith(f"/{clean(name)}")]
    return ending if len(ending) == 1 else meant(name, held)

"""Forget documents by path or address, whether or not their files are still there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import UsageError
from ...records import Record
from ...text.clean import clean
from ..files.address import Held, Presence
from ..index import MemoryIndex
from ..link.link import Linker
from ..link.removal import remove
from .blame import opened

NEAR = 3
"""Addresses that an error names at most."""


class Forgotten(Record):
    """Result of forgetting documents, or of a dry run."""

    uris: tuple[str, ...]
    """Addresses of the documents."""
    still_there: int
    """Number of them whose file is still there; the next ingest of its folder reads it again."""
    nodes: int
    """Nodes in the memory afterwards."""
    warnings: tuple[str, ...]
    dry_run: bool


def forget(path: Path, names: Sequence[str], *, dry_run: bool = False) -> Forgotten:
    """Delete the documents that ``names`` stand for from the memory at ``path``, and erase their words from the disk.

    A name is a file, a folder, ``FILE#id`` for a part of a file, or an address. ``dry_run``: only find them. Raises
    UsageError for a name that stands for none; then nothing is forgotten.
    """
    with opened(path) as store:
        held = Held(document.uri for document in store.documents())
        uris = list(dict.fromkeys(uri for name in names for uri in meant(name, held)))
        presence = Presence()
        still_there = sum(presence.has_file(uri) for uri in uris)
        warnings: tuple[str, ...] = ()
        if not dry_run:
            store.database.require_writable()
            index = MemoryIndex(store)
            remove(store, Linker(store, index), uris)
            left = store.erase()
            index.save()
            warnings = (*index.warnings, *([left] if left else []))
        nodes, _ = store.counts()
    return Forgotten(uris=tuple(uris), still_there=still_there, nodes=nodes, warnings=warnings, dry_run=dry_run)


def meant(name: str, held: Held) -> list[str]:
    """Return the addresses of the documents that ``name`` stands for. Raises UsageError if there are none."""
    path = Path(name).expanduser()
    written = str(path.absolute()) if path.name else name
    # As the ingest wrote it, as it is written here, and through links that were followed then.
    for whole in dict.fromkeys((name, written, clean(written), clean(str(path.resolve())))):
        found = held.below(whole) if whole else []
        if found:
            return found
    ending = [uri for uri in held.below("/") if name and uri.endswith(f"/{clean(name)}")]
    near = f"did you mean {', '.join(ending[:NEAR])}?" if ending else "sanderling memory show  lists what it holds"
    raise UsageError(f"the memory holds nothing of {name}: {near}")

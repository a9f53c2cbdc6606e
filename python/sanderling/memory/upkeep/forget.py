"""Forget documents by path or address, even if their files are gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...disk.files import of_user, resolved
from ...errors import UsageError
from ...records import Record
from ...text.clean import clean
from ..files.address import Held, Presence
from ..index import MemoryIndex
from ..link.link import Linker
from ..link.removal import remove
from ..store.description import describe_node, keys_of
from ..store.loose_nodes import loose_keys
from ..store.nodes import texts
from ..store.store import Store
from .blame import opened

NEAR = 3
"""Most addresses that an error names."""
_READ_AT_ONCE = 1000
"""Notes whose texts are in memory at the same time."""


class Forgotten(Record):
    """The result of forgetting documents, or of a dry run."""

    uris: tuple[str, ...]
    """Addresses of the documents."""
    still_there: int
    """Number of these documents whose file still exists. The next ingest of its folder reads it again."""
    nodes: int
    """Number of nodes in the memory afterwards."""
    warnings: tuple[str, ...]
    dry_run: bool


def forget(path: Path, names: Sequence[str], *, dry_run: bool = False) -> Forgotten:
    """Delete the documents that ``names`` stand for, and erase the documents' words from the disk.

    ``path``: the memory. A name is a file, a folder, ``FILE#id`` for a part of a file, or an address. ``dry_run``: only
    find the documents. Raises UsageError for a name that stands for none; then nothing is forgotten.
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


def forget_note(store: Store, index: MemoryIndex, id: str) -> Forgotten:
    """Delete the node ``id`` with its document, and erase the words of both from the disk.

    ``index``: that of ``store``. Raises UsageError for an id that stands for none.
    """
    found = describe_node(store, id)
    if found is None:
        raise UsageError(f"the memory holds no note {id}: sanderling memory show  lists what it holds")
    store.database.require_writable()
    if found.uri:
        remove(store, Linker(store, index), [found.uri])
    else:
        with store.write() as writer:
            writer.delete_nodes(keys_of(store, id))
    left = store.erase()
    index.catch_up()
    nodes, _ = store.counts()
    still_there = int(bool(found.uri) and Presence().has_file(found.uri))
    return Forgotten(
        uris=(found.uri,) if found.uri else (),
        still_there=still_there,
        nodes=nodes,
        warnings=(left,) if left else (),
        dry_run=False,
    )


def forget_answer(store: Store, index: MemoryIndex, request_id: str, question: str = "") -> bool:
    """Delete what a request wrote back, and erase its words. Return whether there was anything.

    ``index``: that of ``store``. ``question``: that of the request, whose answers from earlier requests go too; empty:
    not known. Raises MemoryFileError, StorageFull.
    """
    found = _written_back(store, request_id, question)
    for id in found:
        forget_note(store, index, id)
    return bool(found)


def forget_answer_in(path: Path, request_id: str, question: str = "") -> bool:
    """Call :func:`forget_answer` for the memory at ``path``, which is not open in this process."""
    with opened(path) as store:
        if not _written_back(store, request_id, question):
            return False
        index = MemoryIndex(store)
        found = forget_answer(store, index, request_id, question)
        index.save()
        return found


def _written_back(store: Store, request_id: str, question: str) -> list[str]:
    """Return the ids of the notes that answer ``request_id``, and of those that models wrote to ``question``."""
    own = [node.id for node in store.nodes(keys_of(store, request_id)) if node.type == "memory" and not node.uri]
    if not question:
        return own
    # As stages/writeback.py writes it. The same answer is not written twice, so it may have an earlier request's id.
    beginning = clean(f"Question: {question}\nAnswer:")
    loose, same = loose_keys(store), list[int]()
    for start in range(0, len(loose), _READ_AT_ONCE):
        read = texts(store, loose[start : start + _READ_AT_ONCE])
        same += [key for key, text in read if text.startswith(beginning)]
    by_model = [node.id for node in store.nodes(same) if (node.type, node.source) == ("memory", "agent")]
    return list(dict.fromkeys((*own, *by_model)))


def meant(name: str, held: Held) -> list[str]:
    """Return the addresses of the documents that ``name`` stands for. Raises UsageError if there are none."""
    path = of_user(name)
    written = str(path.absolute()) if path.name else name
    # As the ingest wrote it, as it is written here, and through links that were followed then.
    for whole in dict.fromkeys((name, written, clean(written), clean(str(resolved(path))))):
        found = held.below(whole) if whole else []
        if found:
            return found
    ending = [uri for uri in held.below("/") if name and uri.endswith(f"/{clean(name)}")]
    near = f"did you mean {', '.join(ending[:NEAR])}?" if ending else "sanderling memory show  lists what it holds"
    raise UsageError(f"the memory holds nothing of {name}: {near}")

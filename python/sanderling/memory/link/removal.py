"""Delete documents, and redraw the affected edges."""

from __future__ import annotations

from collections.abc import Iterable

from ..store.store import Store
from .link import Linker


def remove(store: Store, linker: Linker, uris: Iterable[str]) -> int:
    """Delete the documents at ``uris``, one transaction each; return how many were deleted."""
    removed = 0
    for uri in uris:
        known = store.document(uri)
        if known is None:
            continue
        topics = linker.topics(uri, None, known.key)
        with store.write() as writer:
            # Again, inside: another process may have been here meanwhile.
            old = store.document(uri)
            if old is not None:
                with linker.change(writer, topics) as change:
                    change.delete(old)
                removed += 1
    return removed

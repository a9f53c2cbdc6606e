"""Deletes conversations from the disk, with the telemetry rows of their questions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import UsageError
from ..telemetry.store import TelemetryStore
from .store import FILE, ConversationStore


def one_id(store: ConversationStore, beginning: str) -> str:
    """Return the only id that begins with ``beginning``. Raises UsageError if there is none, or several."""
    found = store.ids(beginning) if beginning else ()
    if len(found) != 1:
        what = "is the beginning of more than one conversation" if found else "is no conversation"
        raise UsageError(f"{beginning[:100]!r} {what}: see  sanderling chat --list")
    return found[0]


def forget_one(folder: Path, beginning: str) -> int:
    """Delete the conversation whose id begins with ``beginning``; return 1. Raises UsageError, MemoryFileError."""
    store = ConversationStore(folder / FILE)
    try:
        return forget_ids(folder, [one_id(store, beginning)])
    finally:
        store.close()


def forget_older(folder: Path, than_days: float | None = None) -> int:
    """Delete conversations unused for ``than_days`` days; None: all. Return their number."""
    store = ConversationStore(folder / FILE)
    try:
        return forget_ids(folder, store.older(than_days))
    finally:
        store.close()


def forget_ids(folder: Path, ids: Sequence[str]) -> int:
    """Delete the conversations ``ids`` and return their number. ``folder``: the data folder. Raises MemoryFileError."""
    store = ConversationStore(folder / FILE)
    try:
        # First the rows, which only the turns name: what is interrupted can be repeated.
        if requests := store.request_ids(ids):
            with TelemetryStore(folder / "telemetry.sqlite") as rows:
                rows.forget_requests(requests)
        return store.forget(ids)
    finally:
        store.close()

"""Deletes kept answers and conversation turns that may quote deleted notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def forget_stale_answers(path: Path) -> None:
    """Delete kept answers and conversation turns that may quote deleted notes.

    ``path``: the memory that no longer has their text.
    """
    from ...conversations.stale import forget_lost
    from ...memory.upkeep.blame import opened

    with opened(path) as store:
        forget_lost(store)

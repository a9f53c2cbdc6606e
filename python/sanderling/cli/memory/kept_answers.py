"""Delete stale answers from the response cache after a command has deleted notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def forget_stale_answers(path: Path) -> None:
    """Delete kept answers that may quote text which the memory at ``path`` no longer holds."""
    from ...memory.upkeep.blame import opened
    from ...response_cache.dependencies import forget_stale

    with opened(path) as store:
        forget_stale(store)

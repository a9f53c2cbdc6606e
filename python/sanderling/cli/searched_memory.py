"""Opens the memory for a command that runs no model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from . import options

if TYPE_CHECKING:
    from ..memory import Memory


def searched_memory(given: Path | None, threads: int | None) -> Memory:
    """Open the memory at ``given``; None: the memory in the data folder.

    ``threads`` None: as configured, or as profiled. Raises UsageError if there is none.
    """
    from ..memory import Memory
    from ..models import configured
    from ..models.embedder import open_for_memory

    path = options.existing_memory(given)
    settings = configured.load()
    n_threads = threads or settings.n_threads or _threads_of_profile()
    embedder, warning = open_for_memory(path, settings.embedder, n_threads=n_threads)
    return Memory.open(path, embedder, clusters=settings.clusters, warning=warning)


def _threads_of_profile() -> int:
    from ..device import profiles

    return profiles.choose().profile.threads_prefill

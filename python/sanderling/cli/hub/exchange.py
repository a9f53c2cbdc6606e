"""Runs one exchange with a hub, and prints the result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .. import options, output
from .options import rules

if TYPE_CHECKING:
    from ...config import Config
    from ...hub.exchange import Exchanged
    from ...hub.sync import Way
    from ...memory import Memory


@contextmanager
def memory_to_exchange(given: Path | None, threads: int | None) -> Iterator[tuple[Memory, Config]]:
    """Open or create the memory, and yield it with the settings.

    The memory has its embedder.
    """
    from ...device import profiles
    from ...memory import Memory
    from ...models import configured
    from ...models.embedder import open_for_memory

    settings = configured.load()
    n_threads = threads or settings.n_threads or profiles.choose().profile.threads_prefill
    embedder, warning = open_for_memory(options.memory_path(given), settings.embedder, n_threads=n_threads)
    path = options.memory_to_fill(given)
    with Memory.open(path, embedder, precision=settings.vectors, clusters=settings.clusters, warning=warning) as memory:
        for warning in memory.warnings:
            output.warn(warning)
        yield memory, settings


def exchange(memory: Memory, settings: Config, space: str, way: Way, only: str, *, json: bool) -> None:
    """Exchange the memory's notes with the hub, and print the result."""
    from ...hub.connect import connected
    from ...hub.sync import sync
    from ...hub.tables.space import opened
    from ...memory.upkeep.blame import blamed
    from ..progress import bar

    private = rules(settings, sends=way != "pull")
    with connected() as connection, bar("hub") as advance, blamed(memory.store):
        done = sync(
            memory,
            opened(connection, space),
            private,
            way=way,
            only=only,
            on_progress=lambda what, at, total: advance(at, total, f"{what} {at:,} of {total:,}"),
        )
    show(done, json=json)


def show(done: Exchanged, *, json: bool) -> None:
    """Print the result of an exchange."""
    for warning in done.warnings:
        output.warn(warning)
    if done.conflicts:
        output.warn(
            f"{done.conflicts:,} versions did not count: sanderling hub status  lists the copies that were kept"
        )
    if json:
        output.json_line(done)
        return
    parts = [f"{done.pulled:,} pulled", f"{done.removed:,} removed", f"{done.pushed:,} pushed"]
    if done.embedded:
        parts.append(f"{done.embedded:,} embedded here")
    if done.private:
        parts.append(f"{done.private:,} notes stay here")
    output.line(", ".join(parts))

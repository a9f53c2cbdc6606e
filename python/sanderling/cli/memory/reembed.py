"""``sanderling memory reembed``: embed all notes again with another embedder."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import options, output
from ..progress import bar

EXAMPLES = "Example:  sanderling memory reembed -m notes.sanderling --embedder multilingual-e5-small"


def reembed(
    memory: options.MemoryOption = None,
    embedder: Annotated[
        str | None, typer.Option(help="Id of an installed embedder; the configured one if left out.")
    ] = None,
    threads: options.ThreadsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Embed all notes again with another embedder. An interrupted run changes nothing; the next one continues it."""
    from ...device import profiles
    from ...errors import UsageError
    from ...memory.upkeep import reembed
    from ...models import configured, registry
    from ...models.embedder import open_embedder

    path = options.existing_memory(memory)
    settings = configured.load()
    name = embedder or settings.embedder
    if registry.get(name).embedding is None:
        raise UsageError(f"{name} is no embedder: sanderling models list  shows those that are")
    n_threads = threads or settings.n_threads or profiles.choose().profile.threads_prefill
    opened = open_embedder(name, n_threads=n_threads)
    with bar("reembed") as advance:
        done = reembed.reembed(
            path,
            opened,
            lambda at, total: advance(at, total, f"{at} of {total} texts"),
            settings.vectors,
        )
    if json:
        output.json_line(done)
        return
    for warning in done.warnings:
        output.warn(warning)
    output.line(f"{path}: {done.nodes} texts are embedded by {done.after} now, before by {done.before}")
    if name != settings.embedder:
        output.line(
            f'new memories are made with {settings.embedder}: write  embedder = "{name}"  in config.toml if not'
        )

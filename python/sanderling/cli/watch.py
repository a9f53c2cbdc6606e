"""``sanderling watch``: update the memory as files in a folder change."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import cycles, ranges
from . import options, output
from .confirm_prune import confirmation
from .ingest_report import counts, problems
from .interrupt import EXIT_CODE

if TYPE_CHECKING:
    from ..memory.ingest.watch import Batch

EXAMPLES = "Examples:  sanderling watch ~/notes   |   sanderling watch /media/card/notes --poll 10 -m card.sanderling"

NAMED = 3
"""Maximum number of file names printed on a line."""


def watch(
    folder: Annotated[Path, typer.Argument(readable=False, help="The folder.")],
    memory: options.MemoryOption = None,
    poll: Annotated[
        float | None,
        options.number(
            ranges.POLL_S, "--poll", help="Look at all files every so many seconds, where the system tells no changes."
        ),
    ] = None,
    prune: Annotated[bool, typer.Option(help="At the start, forget documents whose file is gone.")] = False,
    exclude: options.ExcludeOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --prune: also if most of the folder is gone.")] = False,
    domain: Annotated[str, typer.Option(help="Domain of documents that name none, as given to ingest.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Tag for all of these, as given to ingest.")] = None,
    threads: options.ThreadsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Read a folder into the memory, then follow the folder's changes until Ctrl-C.

    One line for each batch of changes, or one JSON value with --json. What is deleted is forgotten, what is moved or
    renamed is kept; if the folder itself goes, as with a card, nothing is forgotten.
    """
    from ..conversations.stale import forget_lost
    from ..device import profiles
    from ..embedding.onnx import OnnxEmbedder
    from ..memory import Memory
    from ..memory.ingest.watch import Watch
    from ..memory.upkeep.blame import blamed
    from ..models import configured
    from ..models.embedder import open_for_memory
    from .progress import bar

    settings = configured.load()
    n_threads = threads or settings.n_threads or profiles.choose().profile.threads_prefill
    cycles.collect_as_usual()
    path = options.memory_path(memory)
    embedder, warning = open_for_memory(path, settings.embedder, n_threads=n_threads)
    with Memory.open(
        options.memory_to_fill(memory),
        embedder,
        precision=settings.vectors,
        clusters=settings.clusters,
        warning=warning,
    ) as store:
        for warning in store.warnings:
            output.warn(warning)
        with bar("ingest") as advance:
            watched = Watch(
                store.store,
                store.index,
                embedder,
                folder,
                exclude=exclude or (),
                domain=domain,
                tags=tag or (),
                poll_s=poll,
                on_progress=lambda step: advance(step.done_bytes, step.total_bytes, Path(step.uri).name),
                on_idle=lambda: forget_lost(store.store),
            )
            batches = watched.run(prune=prune, confirm=confirmation(yes, json))
            with blamed(store.store):
                first = next(batches)
        try:
            _show(first, json)
            if isinstance(embedder, OnnxEmbedder):
                embedder.keep_graph()  # for the questions that follow
            if not json:
                output.line(f"watching {watched.root} (Ctrl-C ends)")
            with blamed(store.store):
                for batch in batches:
                    _show(batch, json)
        except KeyboardInterrupt:
            watched.rest(now=True)
            raise typer.Exit(EXIT_CODE) from None


def _show(batch: Batch, json: bool) -> None:
    if json:
        output.json_line(batch)
        return
    if batch.notice:
        output.warn(batch.notice)
    if batch.report is None:
        return
    for line in problems(batch.report, verbose=False):
        output.warn(line)
    if not batch.paths:
        output.line(f"{counts(batch.report)} in {batch.report.seconds:.1f} s")
        return
    done = [
        f"{count:,} {word}"
        for count, word in (
            (batch.report.added, "added"),
            (batch.report.changed, "changed"),
            (batch.report.moved, "moved"),
            (batch.report.removed, "forgotten"),
        )
        if count
    ]
    if done:
        from ..memory.files.walk import address_of

        skipped = {address for address, _ in batch.report.skipped}
        paths = [path for path in batch.paths if address_of(path) not in skipped] or batch.paths
        files = [path.name for path in paths if not path.is_dir()] or [path.name for path in paths]
        names = ", ".join(files[:NAMED])
        more = f" and {len(files) - NAMED:,} more" if len(files) > NAMED else ""
        output.line(f"{datetime.now():%H:%M:%S}  {', '.join(done)}: {names}{more}")

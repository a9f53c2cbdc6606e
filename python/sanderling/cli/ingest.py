"""``sanderling ingest``: read files and folders into the memory."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options, output

if TYPE_CHECKING:
    from ..memory.ingest.report import IngestReport

EXAMPLES = (
    "Examples:  sanderling ingest ~/notes   |   sanderling ingest --prune ~/notes report.pdf -m work.sanderling   |   "
    "sanderling ingest ~/notes --exclude 'Templates/' --exclude '*.draft.md'"
)

KINDS = 8
"""Kinds of files that are counted in a line at most."""

ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(help="Leave out what fits this pattern, as in .gitignore; !PATTERN takes in. May be repeated."),
]


def ingest(
    paths: Annotated[list[Path], typer.Argument(readable=False, help="Files (txt, md, html, pdf, jsonl) and folders.")],
    memory: options.MemoryOption = None,
    prune: Annotated[bool, typer.Option(help="Forget documents under these folders whose file is gone.")] = False,
    exclude: KINDS = 8
"""Kinds of files that are counted in a line at most."""

ExcludeOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --prune: also if most of a folder is gone.")] = False,
    domain: Annotated[str, typer.Option(help="Domain of documents that name none; give it at each ingest.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Tag for all of these, beside their own; likewise.")] = None,
    threads: options.ThreadsOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name every file that was not read.")] = False,
    json: options.JsonOption = False,
) -> None:
    """Read files and folders into the memory; unchanged files are skipped, changed ones replaced, moved ones kept.

    Hidden files, node_modules, build folders and the like are left out, and what a .gitignore or .sanderlingignore says.
    """
    from ..device import profiles
    from ..disk import files
    from ..memory import Memory
    from ..models import configured
    from ..models.embedder import open_embedder
    from ..response_cache.dependencies import forget_stale
    from .progress import bar

    settings = configured.load()
    path = options.memory_path(memory)
    n_threads = threads or settings.n_threads or profiles.choose().profile.threads_prefill
    embedder = open_embedder(settings.embedder, n_threads=n_threads)
    with Memory.open(options.memory_to_fill(memory), embedder) as store:
        opened = store.warnings
        for warning in opened:
            output.warn(warning)
        with bar("ingest") as advance:
            report = store.ingest(
                paths,
                prune=prune,
                exclude=exclude or (),
                confirm=confirmation(yes, json),
                domain=domain,
                tags=tag or (),
                on_progress=lambda step: advance(step.done_bytes, step.total_bytes, Path(step.uri).name),
            )
        if report.changed or report.removed or report.moved:
            forget_stale(store.store)
        embedder.keep_graph()  # for the questions that follow
    for warning in store.warnings:
        if warning not in opened:  # closing saves the index, which may not succeed
            output.warn(warning)
    if files.open_to_all(path):
        output.warn(f"every user of this machine can read your notes in {path}: chmod 600 it if they should not")
    if json:
        output.json_line(report)
        return
    for line in problems(report, verbose=verbose):
        output.warn(line)
    output.line(f"{counts(report)}: {report.nodes} nodes, {report.edges} edges in {report.seconds:.1f} s")


def confirmation(yes: bool, json: bool) -> Callable[[str], bool] | None:
    """Return what answers for the user whether a doubtful prune is meant; None: nobody, so that it is refused."""
    if yes:
        return lambda question: True
    return output.confirm if sys.stdin.isatty() and not json else None


def problems(report: IngestReport, *, verbose: bool) -> Iterator[str]:
    """Yield a line for each file that failed, one for all that no reader is for, and the warnings.

    ``verbose``: a line for each file of either kind.
    """
    for uri, reason in report.skipped if verbose else report.failures:
        yield f"skipped {uri}: {reason}"
    if report.unread and not verbose:
        shown = [f"{count:,} {kind}" for kind, count in report.unread.items()]
        more = f" and {len(shown) - KINDS:,} kinds more" if len(shown) > KINDS else ""
        yield f"skipped {', '.join(shown[:KINDS])}{more}: not kinds that can be read (-v names the files)"
    yield from report.warnings
    if report.gone or report.left_out:
        parts = ["whose file is gone"] * bool(report.gone) + ["that are left out now"] * bool(report.left_out)
        figures = [f"{count:,}" for count in (report.gone, report.left_out) if count]
        kept = " and ".join(f"{figure} {part}" for figure, part in zip(figures, parts, strict=True))
        yield f"kept notes under these folders: {kept}; --prune forgets them"


def counts(report: IngestReport) -> str:
    """Return what an ingest did, in numbers; "moved" is left out where nothing was."""
    moved = f"{report.moved} moved, " if report.moved else ""
    return (
        f"{report.added} added, {report.changed} changed, {moved}{report.unchanged} unchanged, "
        f"{report.removed} removed, {len(report.skipped)} skipped"
    )

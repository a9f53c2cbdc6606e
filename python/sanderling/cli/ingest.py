"""``sanderling ingest``: read files and folders into the memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..disk import files
from . import options, output
from .confirm_prune import confirmation
from .ingest_report import counts, problems
from .memory_warnings import reporting_warnings
from .progress import bar
from .through import memory_file, service_for

if TYPE_CHECKING:
    from ..memory.ingest.report import IngestReport

EXAMPLES = (
    "Examples:  sanderling ingest ~/notes   |   sanderling ingest --prune ~/notes report.pdf -m work.sanderling   |   "
    "sanderling ingest ~/notes --exclude 'Templates/' --exclude '*.draft.md'"
)


def ingest(
    paths: Annotated[list[Path], typer.Argument(readable=False, help="Files (notes, documents, mail) and folders.")],
    memory: options.MemoryOption = None,
    prune: Annotated[bool, typer.Option(help="Forget documents under these folders whose file is gone.")] = False,
    exclude: options.ExcludeOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --prune: also if most of a folder is gone.")] = False,
    domain: Annotated[str, typer.Option(help="Domain of documents that name none; give it at each ingest.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Tag for all of these, beside their own; likewise.")] = None,
    threads: options.ThreadsOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name every file that was not read.")] = False,
    no_server: options.NoServerOption = False,
    json: options.JsonOption = False,
) -> None:
    """Read files and folders into the memory.

    Unchanged files are skipped, changed ones replaced, moved ones kept. Left out are hidden files, node_modules, build
    folders and the like, and what .gitignore or .sanderlingignore says.
    """
    report = None
    if yes or not prune:  # else the user may be asked, and the memory must be at hand for that
        report = _through(memory, no_server, threads, paths, prune, exclude, domain, tag)
    if report is None:
        report = _here(memory, threads, paths, prune, exclude, confirmation(yes, json), domain, tag)
    path = memory_file(memory)
    if files.open_to_all(path):
        output.warn(f"every user of this machine can read your notes in {path}: chmod 600 it if they should not")
    if json:
        output.json_line(report)
        return
    for line in problems(report, verbose=verbose):
        output.warn(line)
    output.line(f"{counts(report)}: {report.nodes} nodes, {report.edges} edges in {report.seconds:.1f} s")


def _through(
    memory: Path | None,
    no_server: bool,
    threads: int | None,
    paths: list[Path],
    prune: bool,
    exclude: list[str] | None,
    domain: str,
    tag: list[str] | None,
) -> IngestReport | None:
    """Read files through the memory's service. Returns None if there is no service or a path is wrong."""
    service = service_for(memory, no_server, threads=threads)
    if service is None or not all(path.exists() for path in paths):
        return None
    with reporting_warnings(service.memory, service), bar("ingest") as advance:
        return service.add(
            [str(path.absolute()) for path in paths],
            prune=prune,
            exclude=exclude or [],
            domain=domain,
            tags=tag or [],
            on_progress=lambda step: advance(step.done_bytes, step.total_bytes, Path(step.uri).name),
        )


def _here(
    memory: Path | None,
    threads: int | None,
    paths: list[Path],
    prune: bool,
    exclude: list[str] | None,
    confirm: Callable[[str], bool] | None,
    domain: str,
    tag: list[str] | None,
) -> IngestReport:
    """Read files in this process, without a service."""
    from ..conversations.stale import forget_lost
    from ..device import profiles
    from ..embedding.onnx import OnnxEmbedder
    from ..memory import Memory
    from ..models import configured
    from ..models.embedder import open_for_memory
    from ..stages.languages import with_note

    settings = configured.load()
    path = options.memory_path(memory)
    n_threads = threads or settings.n_threads or profiles.choose().profile.threads_prefill
    embedder, warning = open_for_memory(path, settings.embedder, n_threads=n_threads)
    with Memory.open(
        options.memory_to_fill(memory),
        embedder,
        precision=settings.vectors,
        clusters=settings.clusters,
        warning=warning,
    ) as store:
        opened = store.warnings
        for warning in opened:
            output.warn(warning)
        with bar("ingest") as advance:
            report = store.ingest(
                paths,
                prune=prune,
                exclude=exclude or (),
                confirm=confirm,
                domain=domain,
                tags=tag or (),
                on_progress=lambda step: advance(step.done_bytes, step.total_bytes, Path(step.uri).name),
            )
        report = with_note(report, store.store)
        if report.changed or report.removed or report.moved:
            forget_lost(store.store)
        if isinstance(embedder, OnnxEmbedder):
            embedder.keep_graph()  # for the questions that follow
    for warning in store.warnings:
        if warning not in opened:  # closing saves the index, which may not succeed
            output.warn(warning)
    return report

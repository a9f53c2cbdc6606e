"""``sanderling ingest``: read files and folders into the memory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options, output

EXAMPLES = "Examples:  sanderling ingest ~/notes   |   sanderling ingest --prune ~/notes report.pdf -m work.sanderling"


def ingest(
    paths: Annotated[list[Path], typer.Argument(readable=False, help="Files (txt, md, html, pdf, jsonl) and folders.")],
    memory: options.MemoryOption = None,
    prune: Annotated[bool, typer.Option(help="Forget documents under these folders whose file is gone.")] = False,
    domain: Annotated[str, typer.Option(help="Domain of documents that name none; give it at each ingest.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Tag for all of these, beside their own; likewise.")] = None,
    threads: options.ThreadsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Read files and folders into the memory; unchanged files are skipped, changed ones replaced."""
    from ..device import profiles
    from ..disk import files
    from ..embedding.onnx import OnnxEmbedder
    from ..memory import Memory
    from ..models import configured
    from ..models.embedder import open_for_memory
    from ..response_cache.dependencies import forget_stale
    from ..stages.languages import with_note
    from .progress import bar

    settings = configured.load()
    path = options.memory_path(memory)
    n_threads = threads or settings.n_threads or profiles.choose().profile.threads_prefill
    embedder, warning = open_for_memory(path, settings.embedder, n_threads=n_threads)
    with Memory.open(options.memory_to_fill(memory), embedder, warning=warning) as store:
        opened = store.warnings
        for warning in opened:
            output.warn(warning)
        with bar("ingest") as advance:
            report = store.ingest(
                paths,
                prune=prune,
                domain=domain,
                tags=tag or (),
                on_progress=lambda step: advance(step.done_bytes, step.total_bytes, Path(step.uri).name),
            )
        report = with_note(report, store.store)
        if report.changed or report.removed:
            forget_stale(store.store)
        if isinstance(embedder, OnnxEmbedder):
            embedder.keep_graph()  # for the questions that follow
    for warning in store.warnings:
        if warning not in opened:  # closing saves the index, which may not succeed
            output.warn(warning)
    if files.open_to_all(path):
        output.warn(f"every user of this machine can read your notes in {path}: chmod 600 it if they should not")
    if json:
        output.json_line(report)
        return
    for uri, reason in report.skipped:
        output.warn(f"skipped {uri}: {reason}")
    for warning in report.warnings:
        output.warn(warning)
    warned = f", {len(report.warned)} warned" if report.warned else ""
    output.line(
        f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged, {report.removed} removed,"
        f" {len(report.skipped)} skipped{warned}: {report.nodes} nodes, {report.edges} edges in {report.seconds:.1f} s"
    )

"""``sanderling memory``: look after a memory file. Only ``train`` and ``tidy --summaries`` need the embedder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .. import ranges
from ..errors import UsageError
from ..ranges import Range
from . import memory_train, options, output
from .warnings import telling

if TYPE_CHECKING:
    from pathlib import Path

    from ..engines import EngineName
    from ..memory.upkeep.verification import Verification

app = typer.Typer(help="Look after a memory: verify, repair, stats, compact, prune, tidy, train.", no_args_is_help=True)
memory_train.register(app)


@app.command("verify", epilog="Example:  sanderling memory verify -m notes.sanderling")
def verify(memory: options.MemoryOption = None, json: options.JsonOption = False) -> None:
    """Check the memory, and its index against it. Exits with 3 if something is wrong; changes nothing."""
    from ..memory.upkeep import verification

    found = verification.verify(options.existing_memory(memory))
    if json:
        output.json_line(found)
    else:
        for note in found.notes:
            output.warn(note)
        _problems(found)
        if not (found.store or found.index):
            output.line(f"{found.path}: sound")
        elif found.store:
            output.line("run  sanderling memory repair")
    _exit_by(found)


@app.command("repair", epilog="Example:  sanderling memory repair -m notes.sanderling")
def repair(memory: options.MemoryOption = None, json: options.JsonOption = False) -> None:
    """Mend the memory, and say what was done. A damaged file is kept, and so are texts that no file holds."""
    from ..memory.upkeep import repair
    from ..models import configured
    from ..models.embedder import open_embedder

    path = options.existing_memory(memory)
    done = repair.repair(path, lambda: open_embedder(configured.load().embedder))
    if done.forgotten and not done.left.store:
        _forget_kept_answers(path)
    if json:
        output.json_line(done)
    else:
        for action in done.actions:
            output.line(action)
        for name in done.forgotten:
            output.line(f"forgotten: {name}")
        _problems(done.left)
        if not (done.left.store or done.left.index):
            output.line(f"{done.left.path}: {'mended' if done.actions else 'nothing to mend'}")
    _exit_by(done.left)


@app.command("stats", epilog="Example:  sanderling memory stats --json")
def stats(memory: options.MemoryOption = None, json: options.JsonOption = False) -> None:
    """Show what the memory holds and how large its files are."""
    import msgspec

    from .._core import kernels
    from ..memory.upkeep.blame import opened
    from ..memory.upkeep.compaction import sizes

    path = options.existing_memory(memory)
    bytes_of = sizes(path)
    with opened(path) as store:
        held = store.stats()
    facts = {
        "path": str(path),
        **msgspec.structs.asdict(held),
        **msgspec.structs.asdict(bytes_of),
        "kernels": kernels(),
    }
    # One name for one thing: the file's size, which both know.
    del facts["size_bytes"]
    if json:
        output.json_line(facts)
    else:
        output.facts(facts)


@app.command("compact", epilog="Example:  sanderling memory compact -m notes.sanderling")
def compact(memory: options.MemoryOption = None, json: options.JsonOption = False) -> None:
    """Give the room that deleted notes left back to the disk."""
    from ..memory.upkeep import compaction

    done = compaction.compact(options.existing_memory(memory))
    if json:
        output.json_line(done)
        return
    for warning in done.warnings:
        output.warn(warning)
    for name, before, after in (
        ("memory", done.before.store_bytes, done.after.store_bytes),
        ("log", done.before.wal_bytes, done.after.wal_bytes),
        ("index", done.before.index_bytes, done.after.index_bytes),
        ("all", done.before.total_bytes, done.after.total_bytes),
    ):
        output.line(f"{name:8} {before:,} -> {after:,} bytes")


@app.command("prune", epilog="Example:  sanderling memory prune --older-than 365d --dry-run")
def prune(
    memory: options.MemoryOption = None,
    older_than: Annotated[float, options.age(help="Only edges drawn longer ago, in days.")] = 180.0,
    weaker_than: Annotated[
        float, options.number(Range(0.0, 1_000.0, whole=False), help="Only edges of less weight times confidence.")
    ] = 0.1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    json: options.JsonOption = False,
) -> None:
    """Drop edges that are both weak and old, and those beyond 64 at a node; reading order and yours are kept."""
    from ..memory.upkeep import pruning

    path = options.existing_memory(memory)
    done = pruning.prune(path, older_than_days=older_than, weaker_than=weaker_than, dry_run=dry_run)
    if json:
        output.json_line(done)
        return
    for name in sorted({*done.weak, *done.crowded}):
        weak, crowded = done.weak.get(name, 0), done.crowded.get(name, 0)
        output.line(f"{name:12} {weak:,} weak and old, {crowded:,} beyond the budget of a node")
    said = " (dry run: nothing was changed)" if dry_run else ""
    output.line(f"{'edges':12} {done.before:,} -> {done.after:,}{said}")


@app.command("tidy", epilog="Example:  sanderling memory tidy --dry-run")
def tidy(
    memory: options.MemoryOption = None,
    summaries: Annotated[
        bool, typer.Option("--summaries", help="Afterwards let a model summarise notes of one topic.")
    ] = False,
    limit: Annotated[int, options.number(ranges.COUNT, help="With --summaries: write so many at most.")] = 10,
    model: options.ModelOption = None,
    engine: options.EngineOption = "auto",
    threads: options.ThreadsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    json: options.JsonOption = False,
) -> None:
    """Strengthen edges that answers were made from, let unused ones fade, make repeated memories one.

    With --summaries a model then writes a node about each dense group of notes that has none; it cites them.
    """
    from ..memory.upkeep import tidy as tidying

    if not summaries and (model or threads):
        raise UsageError("--model and --threads are for --summaries: give that as well, or leave them out")
    path = options.existing_memory(memory)
    done = tidying.tidy(path, dry_run=dry_run)
    if done.merged and not dry_run:
        _forget_kept_answers(path)
    if not json:
        output.line(
            f"{done.answers:,} new answers: {done.strengthened:,} edges strengthened; {done.decayed:,} unused decayed"
        )
        for merged in done.merged:
            output.line(f"merged {merged.gone} into {merged.kept}: {' '.join(merged.text.split())}")
        output.line(
            f"{len(done.merged):,} repeated memories merged; {done.repeated:,} repeated passages of documents kept"
        )
        if dry_run:
            output.line("dry run: nothing was changed")
    written = _summaries(path, limit, model, engine, threads, dry_run, json) if summaries else []
    if json:
        output.json_line({"tidied": done, "summaries": written})


def _summaries(
    path: Path, limit: int, model: str | None, engine: EngineName, threads: int | None, dry_run: bool, json: bool
) -> list[dict[str, object]]:
    """Write them, or with ``dry_run`` say which notes they would be of."""
    from ..memory.upkeep.blame import opened
    from ..memory.upkeep.clusters import clusters
    from .progress import bar

    if dry_run:
        with opened(path) as store:
            groups = [store.nodes(members) for members in clusters(store)[:limit]]
        found: list[dict[str, object]] = [
            {"id": None, "text": "", "sources": [node.id for node in group]} for group in groups
        ]
        if not json:
            for group in groups:
                output.line(f"would summarise {len(group)} notes: {'; '.join(node.title or node.id for node in group)}")
        return found
    from ..runtime import Runtime

    with (
        telling(Runtime.open(path, model=model, engine=engine, n_threads=threads)) as runtime,
        bar("summaries") as advance,
    ):
        done = runtime.summarise(limit=limit, on_progress=advance, warn=output.warn)
    if not json:
        for each in done:
            output.text(f"\n{len(each.sources)} notes: {each.node.text}")
        output.line(f"{len(done):,} summaries written")
    return [
        {"id": each.node.id, "text": each.node.text, "sources": [node.id for node in each.sources]} for each in done
    ]


def _forget_kept_answers(path: Path) -> None:
    """Those that may repeat words of notes that are gone now."""
    from ..memory.upkeep.blame import opened
    from ..response_cache.dependencies import forget_stale

    with opened(path) as store:
        forget_stale(store)


def _problems(found: Verification) -> None:
    for problem in (*found.store, *found.index):
        output.line(problem)


def _exit_by(found: Verification) -> None:
    from ..errors import MemoryFileError

    if found.store or found.index:
        raise typer.Exit(MemoryFileError.exit_code)

"""``sanderling memory tidy``: weaken unused edges, and merge duplicate notes.

Only notes that agents wrote are merged.
"""

from __future__ import annotations

from typing import Annotated

import typer

from ... import ranges
from ...errors import UsageError
from .. import options, output
from .kept_answers import forget_stale_answers
from .summaries import write_summaries

EXAMPLES = "Example:  sanderling memory tidy --dry-run"


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
    """Weaken edges not used for answers, and merge duplicate notes written by agents.

    With --summaries a model then writes a node about each dense group of notes that has none; it cites them.
    """
    from ...memory.upkeep import tidy

    if not summaries and (model or threads):
        raise UsageError("--model and --threads are for --summaries: give that as well, or leave them out")
    path = options.existing_memory(memory)
    done = tidy.tidy(path, dry_run=dry_run)
    if done.merged and not dry_run:
        forget_stale_answers(path)
    if not json:
        output.line(f"{done.decayed:,} unused edges decayed")
        for merged in done.merged:
            output.line(f"merged {merged.gone} into {merged.kept}: {' '.join(merged.text.split())}")
        output.line(
            f"{len(done.merged):,} repeated memories merged; {done.repeated:,} repeated passages of documents kept"
        )
        if dry_run:
            output.line("dry run: nothing was changed")
    written = write_summaries(path, limit, model, engine, threads, dry_run, json) if summaries else []
    if json:
        output.json_line({"tidied": done, "summaries": written})

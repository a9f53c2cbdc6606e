"""``sanderling memory prune``: delete weak and superfluous edges."""

from __future__ import annotations

from typing import Annotated

import typer

from ...ranges import Range
from .. import options, output

EXAMPLES = "Example:  sanderling memory prune --older-than 365d --dry-run"


def prune(
    memory: options.MemoryOption = None,
    older_than: Annotated[float, options.age(help="Only edges drawn longer ago, in days.")] = 180.0,
    weaker_than: Annotated[
        float, options.number(Range(0.0, 1_000.0, whole=False), help="Only edges of less weight times confidence.")
    ] = 0.1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    json: options.JsonOption = False,
) -> None:
    """Delete old weak edges, and each node's edges beyond 64.

    Edges of the reading order and those that you drew are kept even if weak, and are deleted last as surplus.
    """
    from ...memory.upkeep import pruning

    path = options.existing_memory(memory)
    done = pruning.prune(path, older_than_days=older_than, weaker_than=weaker_than, dry_run=dry_run)
    if json:
        output.json_line(done)
        return
    for name in sorted({*done.weak, *done.crowded}):
        weak, crowded = done.weak.get(name, 0), done.crowded.get(name, 0)
        output.line(f"{name:12} {weak:,} weak and old, {crowded:,} beyond the budget of a node")
    ending = " (dry run: nothing was changed)" if dry_run else ""
    output.line(f"{'edges':12} {done.before:,} -> {done.after:,}{ending}")

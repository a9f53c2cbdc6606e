"""``sanderling memory tidy --summaries``: let a model summarise dense groups of notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import output
from ..memory_warnings import reporting_warnings

if TYPE_CHECKING:
    from pathlib import Path

    from ...engines import EngineName


def write_summaries(
    path: Path, limit: int, model: str | None, engine: EngineName, threads: int | None, dry_run: bool, json: bool
) -> list[dict[str, object]]:
    """Write at most ``limit`` summaries of groups of notes.

    ``dry_run``: only list the notes that each would cover.
    """
    from ...memory.upkeep.blame import opened
    from ...memory.upkeep.clusters import clusters
    from ..progress import bar

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
    from ...runtime import Runtime

    runtime = Runtime.open(path, model=model, engine=engine, n_threads=threads)
    with reporting_warnings(runtime.memory, runtime), bar("summaries") as advance:
        done = runtime.summarise(limit=limit, on_progress=advance, warn=output.warn)
    if not json:
        for each in done:
            output.text(f"\n{len(each.sources)} notes: {each.node.text}")
        if done and done[0].why:
            output.line(done[0].why)
        output.line(f"{len(done):,} summaries written")
    return [
        {"id": each.node.id, "text": each.node.text, "sources": [node.id for node in each.sources]} for each in done
    ]

"""``sanderling memory stats``: show counts and sizes of a memory file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import options, output

EXAMPLES = "Example:  sanderling memory stats --parts"


def stats(
    memory: options.MemoryOption = None,
    parts: Annotated[bool, typer.Option("--parts", help="Also what the files are made of, table by table.")] = False,
    json: options.JsonOption = False,
) -> None:
    """Show the counts of the memory's contents, and the sizes of the memory's files."""
    import msgspec

    from ..._core import kernels
    from ...memory.retrieve.ranker import ranker
    from ...memory.upkeep.blame import opened
    from ...memory.upkeep.compaction import sizes

    path = options.existing_memory(memory)
    bytes_of = sizes(path)
    with opened(path) as store:
        held, ranks = store.stats(), ranker(store.embedder_id)
    if ranks.warning:
        output.warn(ranks.warning)
    facts = {
        "path": str(path),
        **msgspec.structs.asdict(held),
        **msgspec.structs.asdict(bytes_of),
        "ranked_by": ranks.name,
        "kernels": kernels(),
    }
    # Both records hold the size of the file; `store_bytes` is the name that stays.
    del facts["size_bytes"]
    if json:
        output.json_line({**facts, **({"parts": _parts(path)} if parts else {})})
        return
    output.facts(facts)
    if parts:
        _show(path)


def _parts(path: Path) -> object:
    from ...memory.upkeep import parts

    return parts.parts(path)


def _show(path: Path) -> None:
    from ...memory.upkeep.parts import parts

    found = parts(path)
    nodes, text = max(found.nodes, 1), max(found.text_bytes, 1)
    output.line()
    output.line(f"{found.nodes:,} nodes, {found.text_bytes:,} bytes of text")
    rows = [(part.file, part.name, part.bytes) for part in found.parts]
    output.table(
        ("FILE", "PART", "BYTES", "PER NODE", "x TEXT"),
        [
            (file, name, f"{count:,}", f"{count / nodes:,.0f}", f"{count / text:.2f}")
            for file, name, count in (*rows, ("both", "all", found.total_bytes))
        ],
    )
    for note in found.notes:
        output.warn(note)

"""``sanderling memory export``: write a memory as JSON lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import options, output

EXAMPLES = "Examples:  sanderling memory export notes.jsonl   |   sanderling memory export - | grep tool_result"


def export(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; - for standard output.")],
    memory: options.MemoryOption = None,
    vectors: Annotated[
        bool, typer.Option("--vectors", help="With the vectors: larger, but an import need not embed.")
    ] = False,
    json: options.JsonOption = False,
) -> None:
    """Write all documents, notes and edges as JSON lines.

    ``memory import`` and other programs read them.
    """
    from ...disk.whole_file import whole_file
    from ...memory.exchange.export import exported
    from ...memory.upkeep.blame import opened

    with opened(options.existing_memory(memory)) as store:
        if str(out) == "-":
            for line in exported(store, vectors=vectors):
                output.json_text(line.decode())
            return
        options.require_writable(out)
        with whole_file(out, private=True) as file:
            file.writelines(exported(store, vectors=vectors))
        nodes, edges = store.counts()
    if json:
        output.json_line({"file": out, "nodes": nodes, "edges": edges})
        return
    output.line(f"{out}: {nodes:,} notes and {edges:,} edges")

"""``sanderling memory add``: store one note, trace or tool result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from ...errors import UsageError
from .. import options, output
from .input_text import text_of, text_of_argument

EXAMPLES = (
    "Examples:  sanderling memory add 'The spare key is behind the clock' --tag house   |   "
    "df -h | sanderling memory add --type tool_result --title 'df -h' --relation agent_step --to 3f2a91c0"
)


def add(
    text: Annotated[str | None, typer.Argument(help="The text; if left out, standard input or --file.")] = None,
    memory: options.MemoryOption = None,
    file: Annotated[Path | None, typer.Option("--file", help="Read the text from this file.")] = None,
    type: Annotated[
        # As records.NodeType, whose module imports numpy and would slow `--help` down.
        Literal["doc", "memory", "trace", "tool_result", "summary"],
        typer.Option(help="What it is; a doc is cut and linked as a file is."),
    ] = "memory",
    source: Annotated[
        Literal["kb", "user", "agent", "system"], typer.Option(help="Who says it: a program is an agent.")
    ] = "user",
    title: Annotated[str, typer.Option(help="Title, shown and searched.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag; may be given again.")] = None,
    domain: Annotated[str, typer.Option(help="Domain of the note.")] = "",
    date: Annotated[str, typer.Option(help="When it was, in any usual writing; default: now.")] = "",
    relation: Annotated[str, typer.Option(help="Name of the relation to each --to.")] = "cites",
    to: Annotated[
        list[str] | None, typer.Option(metavar="ID|PATH", help="A note it is related to; may be given again.")
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Store one note in the memory, such as a thought or a tool's output."""
    from ...memory import Memory
    from ...models import configured
    from ...models.embedder import open_for_memory

    if text is not None and file is not None:
        raise UsageError("give the text or --file, not both")
    said, doubts = text_of_argument(text) if text is not None else text_of(file, sys.stdin.buffer)
    path = options.memory_path(memory)
    settings = configured.load()
    embedder, warning = open_for_memory(path, settings.embedder, n_threads=settings.n_threads or 1)
    with Memory.open(
        options.memory_to_fill(memory),
        embedder,
        precision=settings.vectors,
        clusters=settings.clusters,
        warning=warning,
    ) as opened:
        node = opened.give(
            said,
            type=type,
            source=source,
            title=title,
            tags=tag or (),
            domain=domain,
            date=date,
            relation=relation,
            to=to or (),
        )
    for warning in (*doubts, *opened.warnings):
        output.warn(warning)
    if json:
        output.json_line(node)
    else:
        output.line(f"{node.id} stored as {node.type}")

"""``sanderling memory forget``: forget files, folders and parts of files."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import options, output
from .kept_answers import forget_stale_answers

EXAMPLES = (
    "Examples:  sanderling memory forget ~/old-notes   |   sanderling memory forget chat.jsonl#12   |   "
    "sanderling memory forget pump.md --dry-run"
)


def forget(
    names: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Files, folders, FILE#id or addresses, also of what is gone."),
    ],
    memory: options.MemoryOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would forget, and change nothing.")] = False,
    json: options.JsonOption = False,
) -> None:
    """Forget files, folders or parts of files.

    They need not be on the disk any more; no file is touched.
    """
    from ...memory.upkeep.forget import forget

    path = options.existing_memory(memory)
    done = forget(path, names, dry_run=dry_run)
    if done.uris and not dry_run:
        forget_stale_answers(path)
    if json:
        output.json_line(done)
        return
    for uri in done.uris:
        output.line(f"{'would forget' if dry_run else 'forgot'} {uri}")
    for warning in done.warnings:
        output.warn(warning)
    if done.still_there:
        output.warn(
            f"{done.still_there:,} of these are still on the disk: the next ingest of their folder reads them again, "
            "unless a line in its .sanderlingignore leaves them out"
        )
    ending = " (dry run: nothing was changed)" if dry_run else f": {done.nodes:,} nodes are left"
    output.line(f"{len(done.uris):,} forgotten{ending}" if not dry_run else f"{len(done.uris):,} found{ending}")

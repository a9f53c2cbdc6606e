"""``sanderling memory verify``: check a memory file and its index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .. import options, output

if TYPE_CHECKING:
    from ...memory.upkeep.verification import Verification

EXAMPLES = "Example:  sanderling memory verify -m notes.sanderling"


def verify(memory: options.MemoryOption = None, json: options.JsonOption = False) -> None:
    """Check the memory file and its index.

    Exits with 3 if something is wrong; changes nothing.
    """
    from ...memory.upkeep import verification

    found = verification.verify(options.existing_memory(memory))
    if json:
        output.json_line(found)
    else:
        for note in found.notes:
            output.warn(note)
        print_problems(found)
        if not (found.store or found.index):
            output.line(f"{found.path}: sound")
        elif found.store:
            output.line("run  sanderling memory repair")
    exit_if_damaged(found)


def print_problems(found: Verification) -> None:
    """Print the problems of the memory and its index, one per line."""
    for problem in (*found.store, *found.index):
        output.line(problem)


def exit_if_damaged(found: Verification) -> None:
    """Exit with the code for a damaged file if problems were found."""
    from ...errors import MemoryFileError

    if found.store or found.index:
        raise typer.Exit(MemoryFileError.exit_code)

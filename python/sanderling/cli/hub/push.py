"""``sanderling hub push``: send new, changed and deleted notes to the hub."""

from __future__ import annotations

from .. import options
from .options import SpaceOption

EXAMPLES = "Examples:  sanderling hub push   |   sanderling hub push --space team -m team.sanderling"


def push(
    memory: options.MemoryOption = None,
    space: SpaceOption = "notes",
    threads: options.ThreadsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Send the notes added, changed or deleted since the last exchange.

    Notes under never_leave are not read.
    """
    from .exchange import exchange, memory_to_exchange

    options.existing_memory(memory)
    with memory_to_exchange(memory, threads) as (opened, settings):
        exchange(opened, settings, space, "push", "", json=json)

"""``sanderling hub pull``: bring the hub's changes into the memory."""

from __future__ import annotations

from .. import options
from .options import OnlyOption, SpaceOption

EXAMPLES = "Examples:  sanderling hub pull   |   sanderling hub pull --only domain=boats -m boats.sanderling"


def pull(
    memory: options.MemoryOption = None,
    space: SpaceOption = "notes",
    only: OnlyOption = "",
    threads: options.ThreadsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Bring notes that other devices pushed into the memory, with the notes' vectors.

    Our own version is kept where it is the later one.
    """
    from .exchange import exchange, memory_to_exchange

    with memory_to_exchange(memory, threads) as (opened, settings):
        exchange(opened, settings, space, "pull", only, json=json)

"""``sanderling memory stats``: counts and sizes of a memory file."""

from __future__ import annotations

from .. import options, output

EXAMPLES = "Example:  sanderling memory stats --json"


def stats(memory: options.MemoryOption = None, json: options.JsonOption = False) -> None:
    """Show what the memory holds and how large its files are."""
    import msgspec

    from ..._core import kernels
    from ...memory.upkeep.blame import opened
    from ...memory.upkeep.compaction import sizes

    path = options.existing_memory(memory)
    bytes_of = sizes(path)
    with opened(path) as store:
        held = store.stats()
    facts = {
        "path": str(path),
        **msgspec.structs.asdict(held),
        **msgspec.structs.asdict(bytes_of),
        "kernels": kernels(),
    }
    # Both records hold the size of the file; `store_bytes` is the name that stays.
    del facts["size_bytes"]
    if json:
        output.json_line(facts)
    else:
        output.facts(facts)

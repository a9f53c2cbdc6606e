"""``sanderling memory compact``: return the free pages of a memory file to the disk."""

from __future__ import annotations

from .. import options, output

EXAMPLES = "Example:  sanderling memory compact -m notes.sanderling"


def compact(memory: options.MemoryOption = None, json: options.JsonOption = False) -> None:
    """Return the space of deleted notes to the disk."""
    from ...memory.upkeep import compaction

    done = compaction.compact(options.existing_memory(memory))
    if json:
        output.json_line(done)
        return
    for warning in done.warnings:
        output.warn(warning)
    for name, before, after in (
        ("memory", done.before.store_bytes, done.after.store_bytes),
        ("log", done.before.wal_bytes, done.after.wal_bytes),
        ("index", done.before.index_bytes, done.after.index_bytes),
        ("words", done.before.words_bytes, done.after.words_bytes),
        ("all", done.before.total_bytes, done.after.total_bytes),
    ):
        output.line(f"{name:8} {before:,} -> {after:,} bytes")

"""Cut a note down to its first words, for one line on a terminal."""

from __future__ import annotations


def excerpt(text: str, characters: int) -> str:
    """Return the beginning of ``text`` on one line, without front matter; ``…`` marks that it was cut."""
    from ..memory.ingest.metadata import front_matter_end

    words = " ".join(text[front_matter_end(text) :].split())
    return f"{words[:characters]}…" if len(words) > characters else words

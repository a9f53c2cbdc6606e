"""Shortens a note to its first words, for one line on a terminal."""

from __future__ import annotations


def excerpt(text: str, characters: int) -> str:
    """Return the first ``characters`` of ``text`` on one line, without front matter.

    If more was left out, the result ends in ``…``.
    """
    from ..memory.read.markdown.front_matter import front_matter_end

    words = " ".join(text[front_matter_end(text) :].split())
    return f"{words[:characters]}…" if len(words) > characters else words

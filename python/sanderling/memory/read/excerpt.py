"""Shortens a note to its first words, for one line of a terminal."""

from __future__ import annotations

from .markdown.front_matter import front_matter_end


def excerpt(text: str, characters: int) -> str:
    """Return the first ``characters`` of ``text`` on one line, without front matter.

    If more was left out, the result ends in ``…``.
    """
    words = " ".join(text[front_matter_end(text) :].split())
    return f"{words[:characters]}…" if len(words) > characters else words

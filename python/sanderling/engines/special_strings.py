"""The strings that a vocabulary turns into one token of its own, and texts cut so that none of them is whole.

llama.cpp passes over control tokens where they are not wanted (``parse_special`` false), but not over tokens that a
model's maker defined, such as ``<tool_call>``; and merges may put either together from ordinary parts. A text is
therefore cut inside every such string, after its first character, and the pieces are tokenised apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable


class SpecialStrings:
    """Strings that no piece of a cut text holds."""

    def __init__(self, strings: Iterable[str]) -> None:
        """Take all but white space, whose tokens say nothing else than it does, and single characters."""
        kept = {string for string in strings if len(string) > 1 and not string.isspace()}
        tails = _by_first(kept)
        # One branch for each first character. What follows it is looked at and not consumed: strings may overlap.
        branches = (f"{re.escape(first)}(?={_any_of(rest)})" for first, rest in tails.items())
        self._beginning = re.compile("|".join(branches)) if tails else None

    def cut(self, text: str) -> list[str]:
        """Return the pieces of ``text``, in order: one, itself, where it holds none of the strings."""
        if self._beginning is None:
            return [text]
        pieces, at = [], 0
        for match in self._beginning.finditer(text):
            pieces.append(text[at : match.end()])
            at = match.end()
        return [*pieces, text[at:]] if at < len(text) or not pieces else pieces


def _any_of(strings: set[str]) -> str:
    """Return a pattern for what begins with one of ``strings``, each character looked at once: a tree of prefixes."""
    if "" in strings:
        return ""
    branches = [re.escape(first) + _any_of(rest) for first, rest in _by_first(strings).items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _by_first(strings: set[str]) -> dict[str, set[str]]:
    rest: dict[str, set[str]] = defaultdict(set)
    for string in sorted(strings):
        rest[string[0]].add(string[1:])
    return rest

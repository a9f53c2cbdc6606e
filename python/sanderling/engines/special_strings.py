"""Cuts a text at special strings, which have tokens of their own.

With ``parse_special`` false llama.cpp ignores control tokens, but still recognises tokens that a model's maker defined,
such as ``<tool_call>``; and merges may assemble either kind from ordinary tokens. A text is therefore cut inside every
special string, after its first character, and the parts are tokenised separately.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable


class SpecialStrings:
    """Cuts texts at the special strings of one vocabulary."""

    def __init__(self, strings: Iterable[str]) -> None:
        """Use the ``strings`` that are longer than a character and not white space.

        The tokens of the others mean no more than their text.
        """
        kept = {string for string in strings if len(string) > 1 and not string.isspace()}
        tails = _by_first(kept)
        # One branch for each first character; the rest is a lookahead, since strings may overlap.
        branches = (f"{re.escape(first)}(?={_any_of(rest)})" for first, rest in tails.items())
        self._beginning = re.compile("|".join(branches)) if tails else None

    def cut(self, text: str) -> list[str]:
        """Cut ``text`` so that no part contains a special string.

        Returns the parts in order; ``[text]`` if there is no special string.
        """
        if self._beginning is None:
            return [text]
        pieces, at = [], 0
        for match in self._beginning.finditer(text):
            pieces.append(text[at : match.end()])
            at = match.end()
        return [*pieces, text[at:]] if at < len(text) or not pieces else pieces


def _any_of(strings: set[str]) -> str:
    """Return a pattern that matches any of ``strings``.

    Common prefixes are merged, so each character is read once.
    """
    if "" in strings:
        return ""
    branches = [re.escape(first) + _any_of(rest) for first, rest in _by_first(strings).items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _by_first(strings: set[str]) -> dict[str, set[str]]:
    rest: dict[str, set[str]] = defaultdict(set)
    for string in sorted(strings):
        rest[string[0]].add(string[1:])
    return rest

"""Which documents a text mentions by title: a trie over words, walked once along the text.

Time is linear in the text (times the words of the longest title), and does not grow with the number of titles. The
trie takes titles in and gives them up one by one, so an ingest never starts over.

What counts as a mention:

* at least 4 letters in the title, so that ``1984`` or ``A3`` tie nothing together;
* a qualifier in brackets at the end is not part of the title: ``Otter (vessel)`` is mentioned as ``Otter``;
* whole words, case ignored; but a title of one word that begins with a capital must be written so (``Otter`` the
  vessel, not ``otter``), since single common words would cite by accident;
* where several titles fit at one place, the longest; its words are then spent;
* a title borne by n documents mentions each with weight 1/n, and none of them when n is over 8.

Words are runs of letters and digits, so titles in scripts written without spaces are found only where a whole run is
the title.
"""

from __future__ import annotations

import re
from typing import Any

MIN_LETTERS = 4
# Beyond this a title (``README``, ``Untitled``) says nothing, and its mentions would tie everything to everything.
MAX_BEARERS = 8

WORD = re.compile(r"[^\W_]+")
_QUALIFIER = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
# Key under which a trie node holds the title that ends there. Words are strings, so None is free.
_END = None


def bare_title(title: str) -> str:
    """Return the title without a qualifier in brackets at its end."""
    return _QUALIFIER.sub("", title).strip()


def title_key(title: str) -> str:
    """Return what two titles share when texts cannot tell them apart; empty if the title is too short to look for."""
    bare = bare_title(title)
    if sum(map(str.isalpha, bare)) < MIN_LETTERS:
        return ""
    return " ".join(word.lower() for word in WORD.findall(bare))


class Titles:
    """The titles of the documents of a memory."""

    def __init__(self) -> None:
        """Start without titles."""
        self._trie: dict[Any, Any] = {}
        self._bearers: dict[str, dict[int, bool]] = {}

    def add(self, title: str, document: int) -> None:
        """Note that ``document`` bears ``title``."""
        key = title_key(title)
        if not key:
            return
        if key not in self._bearers:
            self._bearers[key] = {}
            node = self._trie
            for word in key.split(" "):
                node = node.setdefault(word, {})
            node[_END] = key
        self._bearers[key][document] = bare_title(title)[:1].isupper()

    def discard(self, title: str, document: int) -> None:
        """Forget that ``document`` bears ``title``."""
        key = title_key(title)
        bearers = self._bearers.get(key)
        if bearers is None or bearers.pop(document, None) is None or bearers:
            return
        del self._bearers[key]
        path: list[tuple[dict[Any, Any], str]] = []
        node = self._trie
        for word in key.split(" "):
            path.append((node, word))
            node = node[word]
        del node[_END]
        while path and not node:
            node, word = path.pop()
            del node[word]

    def settled(self, title: str) -> bool:
        """Whether so many documents bear ``title`` that one more or less changes no mention."""
        return len(self._bearers.get(title_key(title), ())) > MAX_BEARERS + 1

    def find(self, text: str, own_title: str = "") -> dict[int, float]:
        """Return the documents mentioned in ``text`` with the weight of the mention: 1/n for a title borne by n.

        Mentions of ``own_title``, the title of the text's own document, do not count.
        """
        own = title_key(own_title)
        words = WORD.findall(text)
        lowered = [word.lower() for word in words]
        mentioned: dict[int, float] = {}
        at = 0
        while at < len(words):
            key, length = self._longest(words[at], lowered, at)
            bearers = self._bearers.get(key, {})
            if key != own and 0 < len(bearers) <= MAX_BEARERS:
                mentioned.update(dict.fromkeys(bearers, 1 / len(bearers)))
            at += max(length, 1)
        return mentioned

    def _longest(self, first: str, lowered: list[str], at: int) -> tuple[str, int]:
        key, length, node = "", 0, self._trie
        for depth in range(len(lowered) - at):
            child = node.get(lowered[at + depth])
            if child is None:
                break
            node = child
            if _END in node and (depth or first[:1].isupper() or not all(self._bearers[node[_END]].values())):
                key, length = node[_END], depth + 1
        return key, length

"""Which documents a text mentions by name: a trie over words, walked once along the text.

Time is linear in the text (times the words of the longest name), and does not grow with the number of names. The
trie takes names in and gives them up one by one, so an ingest never starts over.

A name is a title, an alias that a document gives itself, or a heading inside of it. What counts as a mention:

* at least 4 letters in the name, so that ``1984`` or ``A3`` tie nothing together; of headings two words at least;
* a qualifier in brackets at the end is not part of the name: ``Otter (vessel)`` is mentioned as ``Otter``;
* whole words, case ignored; but a name of one word that begins with a capital must be written so (``Otter`` the
  vessel, not ``otter``), since single common words would cite by accident, and so must every heading (``Getting
  started``);
* where several names fit at one place, the longest; its words are then spent;
* a heading of one document does not count where it is the title or an alias of another;
* a name borne by n documents mentions each with weight 1/n, and none of them when n is over 8;
* no text mentions what its own document is called as well.

Words are runs of letters and digits, so names in scripts written without spaces are found only where a whole run is
the name.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, NamedTuple

MIN_LETTERS = 4
MIN_HEADING_WORDS = 2
# Beyond this a name (``README``, ``Untitled``) says nothing, and its mentions would tie everything to everything.
MAX_BEARERS = 8

# How sure a mention is to mean what it names. Chosen, not measured: what counts is their order, in which edges go when
# a node has too many.
TITLE_CONFIDENCE = 0.9
HEADING_CONFIDENCE = 0.6

WORD = re.compile(r"[^\W_]+")
# Key under which a trie node holds the name that ends there. Words are strings, so None is free.
_END = None


class Place(NamedTuple):
    """A piece of a document."""

    document: int
    position: int


class Mention(NamedTuple):
    """How strongly a text points at a place. The greater of two is the stronger, then the surer."""

    weight: float
    confidence: float


class Name(NamedTuple):
    """What a place is called."""

    text: str
    heading: bool = False


class _Bearers(NamedTuple):
    """Who bears a name, and whether it is written with a capital there; titles and aliases apart from headings."""

    titles: dict[Place, bool]
    headings: dict[Place, bool]


def bare_title(title: str) -> str:
    """Return the title without a qualifier in brackets at its end."""
    bare = title.rstrip()
    if bare.endswith((")", "]")):
        at = max(bare.rfind(bracket, 0, -1) for bracket in "()[]")
        if at >= 0 and bare[at] in "([":
            bare = bare[:at]
    return bare.strip()


def title_key(title: str) -> str:
    """Return what two titles share when texts cannot tell them apart; empty if the title is too short to look for."""
    bare = bare_title(title)
    if sum(map(str.isalpha, bare)) < MIN_LETTERS:
        return ""
    return " ".join(word.lower() for word in WORD.findall(bare))


def name_key(name: Name) -> str:
    """As :func:`title_key`, for any name."""
    key = title_key(name.text)
    return "" if name.heading and key.count(" ") + 1 < MIN_HEADING_WORDS else key


class Names:
    """The names of the documents of a memory."""

    def __init__(self) -> None:
        """Start without names."""
        self._trie: dict[Any, Any] = {}
        self._bearers: dict[str, _Bearers] = {}
        # How many of the bearers of (key, as a heading) write it small: to look at all of them at each mention would
        # take time quadratic in the number of files called README.
        self._small: Counter[tuple[str, bool]] = Counter()

    def add(self, name: Name, place: Place) -> None:
        """Note that ``place`` bears ``name``."""
        key = name_key(name)
        if not key:
            return
        if key not in self._bearers:
            self._bearers[key] = _Bearers({}, {})
            node = self._trie
            for word in key.split(" "):
                node = node.setdefault(word, {})
            node[_END] = key
        nodes_sharing, capital = self._bearers[key][name.heading], bare_title(name.text)[:1].isupper()
        self._small[key, name.heading] += (not capital) - (nodes_sharing.get(place) is False)
        nodes_sharing[place] = capital

    def discard(self, name: Name, place: Place) -> None:
        """Forget that ``place`` bears ``name``."""
        key = name_key(name)
        nodes_sharing = self._bearers.get(key)
        capital = None if nodes_sharing is None else nodes_sharing[name.heading].pop(place, None)
        if capital is None:
            return
        self._small[key, name.heading] -= not capital
        if nodes_sharing is None or any(nodes_sharing):
            return
        del self._bearers[key], self._small[key, False], self._small[key, True]
        path: list[tuple[dict[Any, Any], str]] = []
        node = self._trie
        for word in key.split(" "):
            path.append((node, word))
            node = node[word]
        del node[_END]
        while path and not node:
            node, word = path.pop()
            del node[word]

    def is_title(self, key: str) -> bool:
        """Whether a document has this as title or alias; ``key`` from :func:`title_key`."""
        nodes_sharing = self._bearers.get(key)
        return nodes_sharing is not None and bool(nodes_sharing.titles)

    def settled(self, name: Name) -> bool:
        """Whether so many places bear ``name`` that one more or less changes no mention."""
        nodes_sharing = self._bearers.get(name_key(name))
        return nodes_sharing is not None and len(nodes_sharing[name.heading]) > MAX_BEARERS + 1

    def find(self, text: str, own: int | None = None) -> dict[Place, Mention]:
        """Return the places mentioned in ``text``, which belongs to document ``own``; None: to none."""
        words = WORD.findall(text)
        lowered = [word.lower() for word in words]
        mentioned: dict[Place, Mention] = {}
        at = 0
        while at < len(words):
            places, confidence, length = self._longest(words[at], lowered, at)
            if 0 < len(places) <= MAX_BEARERS and not any(place.document == own for place in places):
                mention = Mention(1 / len(places), confidence)
                for place in places:
                    mentioned[place] = max(mention, mentioned.get(place, mention))
            at += max(length, 1)
        return mentioned

    def _longest(self, first: str, lowered: list[str], at: int) -> tuple[dict[Place, bool], float, int]:
        places: dict[Place, bool] = {}
        confidence, length, node = 0.0, 0, self._trie
        for depth in range(len(lowered) - at):
            child = node.get(lowered[at + depth])
            if child is None:
                break
            node = child
            if _END in node:
                titles, headings = self._bearers[node[_END]]
                free = bool(depth and titles) or first[:1].isupper()
                if free or self._small[node[_END], not titles]:
                    places, length = titles or headings, depth + 1
                    confidence = TITLE_CONFIDENCE if titles else HEADING_CONFIDENCE
        return places, confidence, length

"""Find the documents that a text mentions by name, with a trie of words.

Time is linear in the text (times the words of the longest name), and does not grow with the number of names. Names are
added and removed one by one, so an ingest never builds the trie again.

A name is a title, an alias that a document states itself, or a heading inside it. Rules for a mention:

* a name has at least 4 letters, so that ``1984`` or ``A3`` is never a mention; a heading has at least two words;
* a qualifier in brackets at the end is not part of the name: ``Otter (vessel)`` is mentioned as ``Otter``;
* whole words, case ignored; but a name of one word that begins with a capital must be written so (``Otter`` the
  vessel, not ``otter``), since single common words would cite by accident, and so must every heading (``Getting
  started``);
* where several names fit at one place, the longest; its words are then spent;
* a heading of one document does not count where it is the title or an alias of another;
* a name of n documents mentions each of them with weight 1/n, and none if n is over 8;
* a text does not mention a name that its own document has too.

Words are those of :func:`sanderling.text.searched.sequence`. In scripts written without blanks between words they are
pairs of letters, and a letter counts as two.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any, NamedTuple

from .script import RUN
from .searched import sequence

MIN_LETTERS = 4
MIN_HEADING_WORDS = 2
# Beyond this a name (``README``, ``Untitled``) means nothing, and its mentions would link everything to everything.
MAX_BEARERS = 8

# Probability that a mention means the document it names. Chosen, not measured: their order matters, in which edges are
# dropped when a node has too many.
TITLE_CONFIDENCE = 0.9
HEADING_CONFIDENCE = 0.6

# Key under which a trie node holds the name that ends there. Words are strings, so None is free.
_END = None


class Place(NamedTuple):
    """A chunk, given by its document and its position in the document."""

    document: int
    position: int


class Mention(NamedTuple):
    """Strength of a mention, compared by weight, then by confidence."""

    weight: float
    confidence: float


class Name(NamedTuple):
    """A title, an alias or a heading."""

    text: str
    heading: bool = False


class _Bearers(NamedTuple):
    """The places of one name: ``titles`` for titles and aliases, ``headings`` for headings.

    The value of a place is True if the name begins with a capital there.
    """

    titles: dict[Place, bool]
    headings: dict[Place, bool]


def bare_title(title: str) -> str:
    """Return the title without a bracketed qualifier at its end."""
    bare = title.rstrip()
    if bare.endswith((")", "]")):
        at = max(bare.rfind(bracket, 0, -1) for bracket in "()[]")
        if at >= 0 and bare[at] in "([":
            bare = bare[:at]
    return bare.strip()


@lru_cache(maxsize=4096)  # an ingest asks for each of a document's names several times
def title_key(title: str) -> str:
    """Return the lookup key of a title: its words in lower case; "" if it is too short."""
    bare = bare_title(title)
    if sum(map(str.isalpha, bare)) < MIN_LETTERS and sum(map(len, RUN.findall(bare))) < MIN_LETTERS / 2:
        return ""
    return " ".join(sequence(bare))


def name_key(name: Name) -> str:
    """Return the lookup key of a name, as :func:`title_key` makes it; "" if it is too short."""
    key = title_key(name.text)
    return "" if name.heading and key.count(" ") + 1 < MIN_HEADING_WORDS else key


class Names:
    """The names of all documents of a memory, as a trie."""

    def __init__(self) -> None:
        """Start with no names."""
        self._trie: dict[Any, Any] = {}
        self._bearers: dict[str, _Bearers] = {}
        # Number of places of (key, heading) where the name begins with a small letter: checking all of them at each
        # mention would take time quadratic in the number of files called README.
        self._small: Counter[tuple[str, bool]] = Counter()

    def add(self, name: Name, place: Place) -> None:
        """Add ``name`` as a name of ``place``."""
        key = name_key(name)
        if not key:
            return
        if key not in self._bearers:
            self._bearers[key] = _Bearers({}, {})
            node = self._trie
            for word in key.split(" "):
                node = node.setdefault(word, {})
            node[_END] = key
        places, capital = self._bearers[key][name.heading], bare_title(name.text)[:1].isupper()
        self._small[key, name.heading] += (not capital) - (places.get(place) is False)
        places[place] = capital

    def discard(self, name: Name, place: Place) -> None:
        """Remove ``name`` from the names of ``place``, if present."""
        key = name_key(name)
        bearers = self._bearers.get(key)
        capital = None if bearers is None else bearers[name.heading].pop(place, None)
        if capital is None:
            return
        self._small[key, name.heading] -= not capital
        if bearers is None or any(bearers):
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
        """Whether ``key`` is the lookup key of a title or an alias."""
        bearers = self._bearers.get(key)
        return bearers is not None and bool(bearers.titles)

    def settled(self, name: Name) -> bool:
        """Whether ``name`` has too many places to mention any, and would still have with one place less."""
        bearers = self._bearers.get(name_key(name))
        return bearers is not None and len(bearers[name.heading]) > MAX_BEARERS + 1

    def find(self, text: str, own: int | None = None) -> dict[Place, Mention]:
        """Return the places mentioned in ``text``, each with the strength of its mention.

        ``own``: the document of the text; None: none.
        """
        words = sequence(text, case=True)
        lowered = " ".join(words).casefold().split(" ")
        mentioned: dict[Place, Mention] = {}
        spent = 0
        # With most words no name begins.
        for at in [at for at, word in enumerate(lowered) if word in self._trie]:
            begun, following = self._trie[lowered[at]], at + 1 < len(lowered) and lowered[at + 1]
            if at < spent or not (_END in begun or following in begun):
                continue
            places, confidence, length = self._longest(words[at], lowered, at)
            if 0 < len(places) <= MAX_BEARERS and not any(place.document == own for place in places):
                mention = Mention(1 / len(places), confidence)
                for place in places:
                    mentioned[place] = max(mention, mentioned.get(place, mention))
            spent = at + length
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

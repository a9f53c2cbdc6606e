"""Make questions from a memory's titles, links and sentences, each with its answering documents.

======== ==================================================================== ==========================================
kind     words of the question                                                documents that answer it
======== ==================================================================== ==========================================
one      part of a sentence, half of the time after the title                 the sentence's
link     title of a note, its words around a link, part of a sentence of the  both
         note it leads to
chain    the same over two links                                              all three
name     title of a note, its words around a name, part of a sentence of      both
         another note with that name
pair     titles of two notes, their words around a link each, part of a       all four
         sentence of either target
======== ==================================================================== ==========================================

The title that a link leads to, and a name shared, are left out of the words, as people leave them out who do not know
them: ``the seat of the county where Van Hook Township is``. People also choose other words than the notes, which a
vector survives and a look-up of words does not. So the vector is that of the whole question, and what is looked up are
the titles and half of the other words. The notes' own language is kept, and no model is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np

from ...text.name_trie import bare_title
from ...text.searched import sequence
from ...text.sentences import sentences
from ..store.edges import edges_named
from ..store.nodes import node_keys, titled_texts
from ..store.store import Store

KINDS = ("one", "link", "chain", "name", "pair")
MOST_NODES = 20_000
"""Largest number of nodes that questions are made from; a larger memory is sampled."""
_TRIES = 8
"""Draws per wanted question, since many notes have no link or no long sentence."""
_LEAST_WORDS = 3


KEPT = 0.5
"""Share of a sentence's words that go into the question's text search."""


class Made(NamedTuple):
    """A question made from notes, and the documents that answer it. They are in the order in which they are found."""

    kind: str
    text: str
    """Text to embed."""
    words: str
    """Words to search for, a part of those in ``text``."""
    gold: tuple[int, ...]


class _Note(NamedTuple):
    document: int
    title: str
    text: str


def questions(store: Store, each: int, seed: int) -> list[Made]:
    """Make at most ``each`` questions of every kind from random documents of ``store``.

    ``seed`` determines the documents. A memory without links or titles gives fewer kinds. No two questions begin at the
    same document with the same kind.
    """
    return _Maker(store, seed).made(each)


class _Maker:
    def __init__(self, store: Store, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        with store.read():
            keys = node_keys(store)
            if len(keys) > MOST_NODES:
                keys = sorted(self._random.choice(keys, MOST_NODES, replace=False).tolist())
            rows = titled_texts(store, keys)
            cites, shares = edges_named(store, "cites"), edges_named(store, "shares_entity")
        self._notes = {
            key: _Note(document, bare_title(title), text) for key, document, title, text in rows if document is not None
        }
        self._cites = self._neighbours(cites)
        self._shares = self._neighbours([*shares, *((dst, src) for src, dst in shares)])

    def made(self, each: int) -> list[Made]:
        keys = sorted(self._notes)
        linking, sharing = sorted(self._cites), sorted(self._shares)
        makers: dict[str, tuple[list[int], Callable[[int], Made | None]]] = {
            "one": (keys, self._one),
            "link": (linking, self._link),
            "chain": (linking, self._chain),
            "name": (sharing, self._name),
            "pair": (linking, self._pair),
        }
        found: list[Made] = []
        for begins, make in makers.values():
            of_kind: dict[int, Made] = {}
            for at in self._random.permutation(len(begins))[: each * _TRIES].tolist():
                if len(of_kind) == each:
                    break
                question = make(begins[at])
                if question is not None and len(set(question.gold)) == len(question.gold):
                    of_kind.setdefault(question.gold[0], question)
            found += of_kind.values()
        return found

    def _neighbours(self, edges: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for src, dst in sorted(edges):
            a, b = self._notes.get(src), self._notes.get(dst)
            if a is not None and b is not None and a.document != b.document:
                found.setdefault(src, []).append(dst)
        return found

    def _one(self, key: int) -> Made | None:
        note = self._notes[key]
        part = self._part(note, 5, 11)
        if part is None:
            return None
        title = note.title if self._random.random() < 0.5 else ""
        return self._question("one", [title], [part], (note.document,))

    def _link(self, key: int) -> Made | None:
        hop = self._hop(key)
        if hop is None:
            return None
        words, other = hop
        part = self._part(self._notes[other], 3, 8)
        note = self._notes[key]
        gold = (note.document, self._notes[other].document)
        return None if part is None else self._question("link", [note.title], [words, part], gold)

    def _chain(self, key: int) -> Made | None:
        first = self._hop(key, 3)
        second = first and self._hop(first[1], 3)
        if not first or not second:
            return None
        a, b, c = self._notes[key], self._notes[first[1]], self._notes[second[1]]
        part = self._part(c, 3, 7)
        gold = (a.document, b.document, c.document)
        return None if part is None else self._question("chain", [a.title], [first[0], second[0], part], gold)

    def _name(self, key: int) -> Made | None:
        note, other = self._notes[key], self._notes[self._drawn(self._shares[key])]
        shared = _shared_words(note.text, other.text)
        first, second = self._part(note, 3, 7, shared), self._part(other, 3, 8, shared)
        if first is None or second is None or not note.title:
            return None
        return self._question("name", [note.title], [first, second], (note.document, other.document))

    def _pair(self, key: int) -> Made | None:
        other = self._drawn(sorted(self._cites))
        first, second = self._hop(key, 3), self._hop(other, 3)
        if first is None or second is None:
            return None
        part = self._part(self._notes[first[1]], 3, 6)
        a, b = self._notes[key], self._notes[other]
        gold = (a.document, b.document, *(self._notes[hop[1]].document for hop in (first, second)))
        return None if part is None else self._question("pair", [a.title, b.title], [first[0], part], gold)

    def _question(self, kind: str, titles: list[str], parts: list[str], gold: tuple[int, ...]) -> Made:
        words = " ".join(parts).split()
        kept = [word for word in words if self._random.random() < KEPT] or words[:1]
        return Made(kind, " ".join([*titles, *parts]).strip(), " ".join([*titles, *kept]).strip(), gold)

    def _hop(self, key: int, beside: int = 4) -> tuple[str, int] | None:
        """Return the words around one of a note's links, and the linked node; None if there is no such link.

        ``beside``: the most words on either side. The title that the link leads to is not among the words.
        """
        note = self._notes[key]
        if not note.title or key not in self._cites:
            return None
        other = self._drawn(self._cites[key])
        title = self._notes[other].title
        for sentence in sentences(note.text):
            words, at = _without(sentence.split(), title)
            if at is not None:
                words, own = _without(words[max(0, at - beside) : at + beside], note.title)
                if words or own is not None:
                    return " ".join(words), other
        return None

    def _part(self, note: _Note, least: int, most: int, without: Collection[str] = ()) -> str | None:
        """Return consecutive words from a sentence of ``note`` without its title; None if there are none.

        ``least`` and ``most``: number of words. ``without``: words that are left out too.
        """
        choices = [words for each in sentences(note.text) if len(words := each.split()) >= _LEAST_WORDS]
        if not choices:
            return None
        words, _ = _without(choices[int(self._random.integers(len(choices)))], note.title)
        words = [word for word in words if not set(sequence(word)) & set(without)]
        if len(words) < _LEAST_WORDS:
            return None
        count = int(self._random.integers(least, most + 1))
        first = int(self._random.integers(max(1, len(words) - count + 1)))
        return " ".join(words[first : first + count])

    def _drawn(self, choices: Sequence[int]) -> int:
        return choices[int(self._random.integers(len(choices)))]


def _without(words: list[str], title: str) -> tuple[list[str], int | None]:
    """Return ``words`` without the first occurrence of ``title``, and its position; None if it does not occur."""
    wanted = sequence(title)
    plain = [sequence(word) for word in words]
    for first in range(len(words) if wanted else 0):
        run: list[str] = []
        for last in range(first, len(words)):
            run += plain[last]
            if run == wanted:
                return words[:first] + words[last + 1 :], first
            if len(run) >= len(wanted):
                break
    return words, None


def _shared_words(one: str, other: str) -> set[str]:
    """Return, in lower case, the capitalised words that both texts have."""
    capitals = [{word for word in sequence(text, case=True) if word[:1].isupper()} for text in (one, other)]
    return {word.casefold() for word in capitals[0] & capitals[1]}

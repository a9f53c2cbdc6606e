"""Count and list notes: documents, and texts that belong to no document, such as kept answers.

A note is known here by a number: the key of its document or, without one, the key of its node with a minus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...filter import EVERYTHING, Filter
from ...text import script
from ...text.searched import sequence
from ...text.searched import words as searched_words
from .database import json_array
from .filters import matching
from .lookup import expression
from .store import Store

_NOTE = "coalesce(n.document, -n.key)"


class ListedNote(NamedTuple):
    """One entry in a list of notes."""

    number: int
    node: int
    """Key of the note's first node."""
    title: str
    uri: str
    """Address of the document; empty for a text without one."""


def all_notes(store: Store, filter: Filter | None = None) -> set[int]:
    """Return the keys of the notes with a node that matches ``filter``; None: all notes."""
    if filter is None or filter == EVERYTHING:
        rows = store.database.execute("SELECT key FROM document UNION ALL SELECT -key FROM node WHERE document IS NULL")
        return {number for (number,) in rows}
    with store.read():
        keys = matching(store, filter).tolist()
        sql = f"SELECT DISTINCT {_NOTE} FROM node n WHERE n.key IN (SELECT value FROM json_each(?))"
        return {number for (number,) in store.database.execute(sql, (json_array(keys),))}


def notes_with_word(store: Store, word: str, *, title: bool = False) -> set[int]:
    """Return the notes with a form of ``word`` in their texts, titles or names.

    A word of a script without blanks is found where all its pairs of letters are. ``title``: in the title or names, or
    where no note has it there, as a part of their words: "kuchen" is in "Apfelkuchen".
    """
    parts = sequence(word)
    if not parts:
        return set()
    if title and script.RUN.search(word):  # its pairs stand beside the title, with those of the text
        return {number for number, named in _names(store) if set(parts) <= set(searched_words(named))}
    every = " AND ".join(f"({expression([part])})" for part in parts)
    columns = "{title names} : " if title else ""
    sql = f"SELECT DISTINCT {_NOTE} FROM node_text t JOIN node n ON n.key = t.rowid WHERE node_text MATCH ?"
    found = {number for (number,) in store.database.execute(sql, (f"{columns}({every})",))}
    if found or not title:
        return found
    joined = " ".join(parts)
    return {number for number, named in _names(store) if joined in " ".join(sequence(named))}


def _names(store: Store) -> Iterator[tuple[int, str]]:
    yield from store.database.execute(f"SELECT {_NOTE}, n.title || ' ' || n.names FROM node n WHERE n.position = 0")


def tag_counts(store: Store) -> Counter[str]:
    """Return the number of notes per tag."""
    sql = f"SELECT t.value, count(DISTINCT {_NOTE}) FROM node n, json_each(n.tags) t GROUP BY t.value"
    return Counter({str(tag): count for tag, count in store.database.execute(sql)})


def folder_counts(store: Store, *, direct: bool = False) -> Counter[str]:
    """Return the number of documents below each folder.

    ``direct``: count only those directly in it, and leave out folders that hold none.
    """
    counts: Counter[str] = Counter()
    for (uri,) in store.database.execute("SELECT uri FROM document"):
        folder = uri.partition("#")[0].rpartition("/")[0]
        ends = [len(folder)] if direct else [at for at in range(1, len(folder) + 1) if folder[at : at + 1] in ("/", "")]
        counts.update(folder[:end] for end in ends if folder[:end] and not folder[:end].endswith("/"))
    return counts


def listed(store: Store, numbers: Iterable[int]) -> list[ListedNote]:
    """Return the list entries of the notes ``numbers``, sorted by title, then by address."""
    both = list(numbers)
    documents = (
        "SELECT d.key, n.key, d.title, d.uri FROM document d JOIN node n ON n.document = d.key AND n.position = 0 "
        "WHERE d.key IN (SELECT value FROM json_each(?))"
    )
    loose = "SELECT -key, key, title, '' FROM node WHERE document IS NULL AND key IN (SELECT value FROM json_each(?))"
    rows = [
        *store.database.execute(documents, (json_array(number for number in both if number > 0),)),
        *store.database.execute(loose, (json_array(-number for number in both if number < 0),)),
    ]
    return sorted((ListedNote(*row) for row in rows), key=lambda note: (note.title.casefold(), note.uri, note.node))

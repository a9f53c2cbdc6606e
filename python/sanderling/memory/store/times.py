"""Look up nodes by the time that the document, the file name or the text states."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from ...text.dates.written import Span, written
from ...text.searched import sequence
from .database import json_array
from .store import Store

_OWN = "dated IN ('stated', 'name')"
"""Condition of the index ``node_time``, repeated so that SQLite uses that index."""
LONGEST_DAYS = 92
"""Days in a quarter, the longest time in a file name."""


def nodes_of(store: Store, spans: Iterable[Span]) -> set[int]:
    """Return the nodes whose own time overlaps any of ``spans``.

    A file named for a week, month or quarter counts for all of that time.
    """
    found: set[int] = set()
    for span in spans:
        sql = f"SELECT key FROM node WHERE {_OWN} AND timestamp >= ? AND timestamp < ?"
        bounds = (span.first.isoformat(), _after(span.last))
        found.update(key for (key,) in store.database.execute(sql, bounds))
        found.update(_around(store, span))
    return found


def has_times(store: Store) -> bool:
    """Whether any node has a time of its own. SQLite is asked once for each state of the memory."""
    generation = store.generation()
    if store.any_times is None or store.any_times[0] != generation:
        found = bool(store.database.execute(f"SELECT 1 FROM node WHERE {_OWN} LIMIT 1"))
        if store.database.writing:
            return found  # what is written may still be undone
        store.any_times = (generation, found)
    return store.any_times[1]


def nodes_mentioning(store: Store, phrases: Iterable[str]) -> set[int]:
    """Return the nodes whose text has any of ``phrases``. Words are compared by their stems."""
    quoted = " OR ".join(f'"{" ".join(words)}"' for words in map(sequence, phrases) if words)
    if not quoted:
        return set()
    rows = store.database.execute("SELECT rowid FROM node_text WHERE node_text MATCH ?", (f"text : ({quoted})",))
    return {key for (key,) in rows}


def nodes_with_phrase(store: Store, spelled: Iterable[str], most: int) -> list[int]:
    """Return at most ``most`` nodes with any of ``spelled``, each of lower-case words, in text, title or names."""
    quoted = " OR ".join(f'"{phrase}"' for phrase in spelled)
    rows = store.database.execute("SELECT rowid FROM node_text WHERE node_text MATCH ? LIMIT ?", (quoted, most))
    return [key for (key,) in rows]


def timestamps(store: Store, nodes: Iterable[int]) -> dict[int, str]:
    """Return the time, in ISO-8601 UTC, of each of ``nodes`` that has its own time."""
    sql = f"SELECT key, timestamp FROM node WHERE key IN (SELECT value FROM json_each(?)) AND {_OWN}"
    return dict(store.database.execute(sql, (json_array(nodes),)))


def _around(store: Store, span: Span) -> set[int]:
    """Return the nodes of files named for a time that began before ``span`` and reaches into it."""
    if span.first - date.min <= timedelta(LONGEST_DAYS):
        return set()
    rows = store.database.execute(
        f"SELECT n.key, d.uri FROM node n JOIN document d ON d.key = n.document WHERE n.{_OWN} AND n.dated = 'name' "
        "AND n.timestamp >= ? AND n.timestamp < ? "
        # Weeks begin on Mondays, months and quarters on the first of a month.
        "AND (strftime('%w', n.timestamp) = '1' OR strftime('%d', n.timestamp) = '01')",
        ((span.first - timedelta(LONGEST_DAYS)).isoformat(), span.first.isoformat()),
    )
    return {key for key, uri in rows if _reaches(uri, span)}


def _reaches(uri: str, span: Span) -> bool:
    named = [
        each.span() for each in written("/".join(uri.split("/")[-3:])) if each.unit in ("week", "month", "quarter")
    ]
    return any(each is not None and each.overlaps(span) for each in named)


def _after(day: date) -> str:
    return "9999-12-32" if day == date.max else (day + timedelta(1)).isoformat()

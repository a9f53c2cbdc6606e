"""Look up nodes by the time that their document states or that its file is named by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from ...text.dates.written import Span, written
from ...text.searched import sequence
from .store import Store

_OWN = "dated IN ('stated', 'name')"
"""As in the index ``node_time``, without which this would read all nodes."""
LONGEST_DAYS = 92
"""Days of the longest time that a file is named by, a quarter."""


def nodes_of(store: Store, spans: Iterable[Span]) -> set[int]:
    """Return the nodes with a time of their own in any of ``spans``, or in a week, month or quarter around them."""
    found: set[int] = set()
    for span in spans:
        sql = f"SELECT key FROM node WHERE {_OWN} AND timestamp >= ? AND timestamp < ?"
        bounds = (span.first.isoformat(), _after(span.last))
        found.update(key for (key,) in store.database.execute(sql, bounds))
        found.update(_around(store, span))
    return found


def has_times(store: Store) -> bool:
    """Whether any node has a time of its own."""
    return bool(store.database.execute(f"SELECT 1 FROM node WHERE {_OWN} LIMIT 1"))


def nodes_mentioning(store: Store, phrases: Iterable[str]) -> set[int]:
    """Return the nodes whose text holds any of ``phrases``, comparing words by their stems."""
    quoted = " OR ".join(f'"{" ".join(words)}"' for words in map(sequence, phrases) if words)
    if not quoted:
        return set()
    rows = store.database.execute("SELECT rowid FROM node_text WHERE node_text MATCH ?", (f"text : ({quoted})",))
    return {key for (key,) in rows}


def timestamps(store: Store, nodes: Iterable[int]) -> dict[int, str]:
    """Return the time of each of ``nodes`` that has one of its own, ISO-8601 in UTC."""
    listed = ",".join(str(int(node)) for node in nodes)
    rows = store.database.execute(f"SELECT key, timestamp FROM node WHERE key IN ({listed}) AND {_OWN}")
    return dict(rows)


def _around(store: Store, span: Span) -> set[int]:
    """Return the nodes of files named by a time that began before ``span`` and reaches into it."""
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

"""Filters that restrict the notes used for an answer.

:mod:`sanderling.memory.store.filters` turns them into SQL.
"""

from __future__ import annotations

from typing import get_args

import msgspec

from .errors import UsageError
from .records import NodeSource, NodeType, Record
from .text.dates.moments import first_moment, last_moment


class Filter(Record, omit_defaults=True, forbid_unknown_fields=True):
    """Selects the notes that may be used for an answer. A note must match every field that is set.

    A field with several values matches a note that has any one of them. An empty filter matches every note. Raises
    UsageError for an unknown type or source and for an invalid date. One decoded from JSON may have no other field: a
    mistyped one would match every note.
    """

    types: tuple[NodeType, ...] = ()
    sources: tuple[NodeSource, ...] = ()
    tags: tuple[str, ...] = ()
    """A tag matches itself and those below it, ``garden`` also ``garden/beds``, in any case, with ``#`` or without."""
    domains: tuple[str, ...] = ()
    """Compared exactly, as are languages."""
    languages: tuple[str, ...] = ()
    since: str = ""
    """Earliest ISO-8601 date or time, inclusive. A time without an offset is UTC; empty: no bound."""
    until: str = ""
    """Latest ISO-8601 date or time, inclusive: a date includes its whole day. Empty: no bound."""
    under: tuple[str, ...] = ()
    """Paths or addresses of documents, or of folders and files that contain them."""
    keys: tuple[int, ...] | None = None
    """Keys of the only nodes to search; None: any."""

    def __post_init__(self) -> None:
        """Convert lists to tuples, and refuse values that no note can have."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if name not in ("since", "until") and value is not None:
                if isinstance(value, str):
                    raise TypeError(f"{name}: expected several values, got the one text {value!r}")
                # Filters are keys of caches, so they must be hashable.
                msgspec.structs.force_setattr(self, name, tuple(value))
        _refuse_unknown("type", self.types, get_args(NodeType))
        _refuse_unknown("source", self.sources, get_args(NodeSource))
        try:
            first, last = self.first_second, self.last_second
        except ValueError as error:
            raise UsageError(str(error)) from error
        if first and last and first > last:
            raise UsageError(f"since {self.since} is later than until {self.until}: nothing lies between")

    @property
    def first_second(self) -> str:
        """``since`` in UTC, to the second; empty if there is no bound."""
        return first_moment(self.since) if self.since else ""

    @property
    def last_second(self) -> str:
        """``until`` in UTC, to the second; empty if there is no bound."""
        return last_moment(self.until) if self.until else ""


def _refuse_unknown(field: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    for value in given:
        if value not in known:
            raise UsageError(f"there is no {field} {value!r}: choose from {', '.join(known)}")


EVERYTHING = Filter()

"""Which notes a question may be answered from. What it means in SQL is in :mod:`sanderling.memory.store.filters`."""

from __future__ import annotations

from typing import get_args

import msgspec

from .errors import UsageError
from .records import NodeSource, NodeType, Record
from .text.dates import first_moment, last_moment


class Filter(Record, omit_defaults=True):
    """A note passes if it fits every field that is set, and in each field any one of the values.

    Raises UsageError for a type or source that there is not, and for a date that is none.
    """

    types: tuple[NodeType, ...] = ()
    sources: tuple[NodeSource, ...] = ()
    tags: tuple[str, ...] = ()
    """Written exactly as at the note; so are domains and languages."""
    domains: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    since: str = ""
    """ISO-8601 date or time, itself included. A time without an offset is UTC; empty: no bound."""
    until: str = ""
    """The same; a date includes its whole day."""
    under: tuple[str, ...] = ()
    """Addresses: of documents, or of folders and files that documents lie in."""
    keys: tuple[int, ...] | None = None
    """Only these nodes; None: any."""

    def __post_init__(self) -> None:
        """Refuse what could only ever find nothing."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if name not in ("since", "until") and value is not None:
                if isinstance(value, str):
                    raise TypeError(f"{name}: expected several values, got the one text {value!r}")
                # A list works too, but could not be looked up again.
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
        """``since`` as UTC to the second; empty: no bound."""
        return first_moment(self.since) if self.since else ""

    @property
    def last_second(self) -> str:
        """``until`` as UTC to the second; empty: no bound."""
        return last_moment(self.until) if self.until else ""


def _refuse_unknown(field: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    for value in given:
        if value not in known:
            raise UsageError(f"there is no {field} {value!r}: choose from {', '.join(known)}")


EVERYTHING = Filter()

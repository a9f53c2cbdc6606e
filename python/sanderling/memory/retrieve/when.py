"""Raise the rank of notes from the time that a question asks about.

A question's date is a feature and not a filter: what was written that day comes first, notes that only mention the date
in their text right behind, and all others are kept, for a note about that time may bear no date. The feature is added
to what the trained attention found, since no training set has dated notes: a node's weight is multiplied by e to the
power of a strength. Where the question says hardly more than the date ("What did I do yesterday?"), the strength is
that of a filter.

Without a note of that time nothing is favoured.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import msgspec
import numpy as np

from ..._core import KeySet
from ...records import Keys, RetrievalResult
from ...text.dates.asked import asked_dates
from ...text.dates.month_names import ENGLISH_MONTHS, GERMAN_MONTHS
from ...text.dates.relative import Asked
from ...text.dates.written import Span, Unit
from ...text.sentences import words
from ..store.store import Store
from ..store.times import has_times, nodes_mentioning, nodes_of
from .cited import passes

STRENGTH: dict[Unit, float] = {"day": 7.0, "week": 6.0, "month": 5.5, "quarter": 5.5, "year": 5.0}
"""Amount added to the logarithm of a note's weight, by the unit of the question's date.

Notes that differ in a word lie up to 4 apart and notes of another subject 5 to 8 below the best, on the station's notes
with dated ones among them; so a year decides between like notes, and a day brings up a note that shares few words with
the question.
"""
MAX_OF_TIME = 64
"""Most notes of the time that are ranked without being found by another channel."""
ALONE = 25.0
"""Strength for a question that asks for nothing but a time."""
MENTIONED = 0.75
"""Share of the strength for a note that only mentions the date."""
OF_RANKS = 0.1
"""Share of the strength where ranks are fused.

The best note then weighs only a dozen times as much as the last. A note of the day then counts double.
"""
_EMPTY = frozenset(
    words(
        """
do did done doing happen happened happening going write wrote written note noted notes entry entries log logged journal
diary anything something everything thing things plan planned on any about all there me my i we our us show tell list
give summarise summarize summary and day week month year daily since after before until between from during
was habe haben ich wir hat gemacht getan passiert geschehen war am im in den der die das los geschrieben notiert notiz
notizen eintrag stand steht zeige mir fasse zusammen alles etwas meine
"""
    )
)
"""Words that ask for a time and tell nothing of the subject."""


class When(NamedTuple):
    """The notes from the time that a question asks about."""

    dated: frozenset[int]
    mentioning: frozenset[int]
    strength: float

    @property
    def keys(self) -> Keys:
        """The keys of the notes, in rising order."""
        return np.array(sorted(self.dated | self.mentioning), np.uint64)

    def favoured(self, found: RetrievalResult, share: float = 1.0) -> RetrievalResult:
        """Raise the weights in ``found`` of notes from the time asked about; return the result, heaviest first.

        ``share``: the part of the strength that is added, :data:`OF_RANKS` for weights that come of ranks.
        """
        attended = found.attended
        keys = attended.keys.tolist()
        gain = share * np.array([self._gain(key) for key in keys])
        log = np.log(np.maximum(attended.weights.astype(float), np.finfo(np.float32).tiny)) + gain
        order = np.argsort(-log, kind="stable")
        weights = np.exp(log - log.max(initial=-np.inf))[order]
        attended = msgspec.structs.replace(
            attended, keys=attended.keys[order], weights=(weights / weights.sum()).astype(np.float32)
        )
        return msgspec.structs.replace(found, attended=attended)

    def _gain(self, key: int) -> float:
        return self.strength * (1.0 if key in self.dated else MENTIONED if key in self.mentioning else 0.0)


def when(store: Store, question: str, today: date, allowed: KeySet | None) -> When | None:
    """Return the notes from the time that ``question`` asks about; None if there is no such time or note.

    ``today``: what "yesterday" and the like refer to. ``allowed``: the only nodes to return; None: all. Call inside
    ``store.read()``.
    """
    asked = asked_dates(question, today)
    if not asked:
        return None
    dated: set[int] = set()
    mentioning: set[int] = set()
    any_dated = has_times(store)
    for each in asked:
        here: set[int] = set()
        for spans in each.choices if any_dated else ():
            here = {key for key in nodes_of(store, spans) if passes(key, allowed)}
            if here:
                break
        else:
            spans = each.choices[0]
        dated |= here
        for span in spans:
            # A year is a word like others, unless notes dated in it would pass those that speak of it.
            said = phrases(each.unit, span) if here or each.unit != "year" else ()
            mentioning.update(key for key in nodes_mentioning(store, said) if passes(key, allowed))
    if not dated and not mentioning:
        return None
    strength = min(STRENGTH[each.unit] for each in asked) if _subject(question, asked) else ALONE
    return When(frozenset(dated), frozenset(mentioning - dated), strength)


def _subject(question: str, asked: list[Asked]) -> bool:
    """Return whether the question says anything beside its dates."""
    rest = question
    for each in reversed(asked):
        rest = f"{rest[: each.start]} {rest[each.end :]}"
    return not set(words(rest)) <= _EMPTY


def phrases(unit: Unit, span: Span) -> Iterator[str]:
    """Yield the ways to write the time ``span`` in a text, such as "5 March 2024" and "2024 03 05".

    Nothing for several years, or for some days together.
    """
    year, month, day = span.first.year, span.first.month, span.first.day
    if unit == "day" and span.first == span.last:
        for name in _names(month):
            yield from (f"{day} {name} {year}", f"{name} {day} {year}")
            yield from (f"{day}{_nth(day)} {name} {year}", f"{name} {day}{_nth(day)} {year}")
        yield from (f"{year} {month:02} {day:02}", f"{day:02} {month:02} {year}", f"{year}{month:02}{day:02}")
        if 1970 <= year < 2070:  # as chats are exported
            yield f"{day:02}.{month:02}.{year % 100:02}"
        if day < 10 or month < 10:
            yield f"{day} {month} {year}"
    elif unit == "week":
        week = span.first.isocalendar()
        yield from (f"{week.year} W{week.week:02}", f"week {week.week} {week.year}", f"KW {week.week} {week.year}")
    elif unit == "quarter":
        yield from (f"Q{(month + 2) // 3} {year}", f"{year} Q{(month + 2) // 3}")
    elif unit == "year" and span.last == date(year, 12, 31) and span.first == date(year, 1, 1):
        yield str(year)
    elif unit == "month":
        yield from (f"{name} {year}" for name in _names(month))


def _names(month: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys((ENGLISH_MONTHS[month - 1], ENGLISH_MONTHS[month - 1][:3], GERMAN_MONTHS[month - 1])))


def _nth(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")

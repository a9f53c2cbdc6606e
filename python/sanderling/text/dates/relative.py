"""Read dates given relative to today, in English and German.

today, yesterday, three days ago, last week, this month, next year, the last 10 days, on Monday, last Friday, last
March, at the weekend.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from ..lazy_pattern import lazy_pattern
from .month_names import MONTHS, WEEKDAYS, alternatives
from .time_words import COUNTS, DAYS, SHIFTS, UNITS
from .written import Span, Unit, Written

Choices = tuple[tuple[Span, ...], ...]
"""Spans that a date may mean, in order of preference; the first span with notes is taken."""


class Asked(NamedTuple):
    """A date in a question, between the offsets ``start`` and ``end``."""

    start: int
    end: int
    unit: Unit
    choices: Choices


_N = rf"(?P<n>\d{{1,3}}|{'|'.join(COUNTS)})"
_U = rf"(?P<u>{'|'.join(UNITS)})"
_S = rf"(?P<s>{'|'.join(SHIFTS)})"
_W = rf"(?P<w>{alternatives(WEEKDAYS)})"
_M = rf"(?P<m>{alternatives(MONTHS)})"


def _day(today: date, days: int) -> Span:
    return Span(today + timedelta(days), today + timedelta(days))


def _around(unit: Unit, today: date, shift: int) -> Span:
    """Return the ``unit``, such as a month, ``shift`` units after that of ``today``."""
    if unit == "day":
        return _day(today, shift)
    if unit == "week":
        monday = today - timedelta(today.weekday()) + timedelta(7 * shift)
        return Span(monday, monday + timedelta(6))
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    number = (today.year * 12 + today.month - 1) // months + shift
    year, number = divmod(number, 12 // months)
    return Written(0, 0, unit, year, number + 1).span() or _day(today, 0)


def _shifted(today: date, said: dict[str, str]) -> tuple[Unit, Choices]:
    unit = UNITS[said["u"]]
    return unit, ((_around(unit, today, SHIFTS[said["s"]]),),)


def _recent(today: date, said: dict[str, str]) -> tuple[Unit, Choices]:
    """Return the time of "the last 3 weeks" or "the next 3 weeks", with today."""
    unit, count = UNITS[said["u"]], _count(said["n"])
    if SHIFTS[said["s"]] > 0:
        return unit, ((Span(today, _around(unit, today, count).last),),)
    first = _day(today, -count).first if unit == "day" else _back(unit, today, count)
    return unit, ((Span(first, today),),)


def _back(unit: Unit, today: date, count: int) -> date:
    """Return the day ``count`` weeks, months or years before ``today``."""
    if unit == "week":
        return today - timedelta(7 * count)
    span = _around(unit, today, -count)
    return min(
        span.first + timedelta(min(today.day, 28) - 1 if unit != "year" else today.timetuple().tm_yday - 1), span.last
    )


def _ago(today: date, said: dict[str, str]) -> tuple[Unit, Choices]:
    unit = UNITS[said["u"]]
    return unit, ((_around(unit, today, -_count(said["n"])),),)


def _weekday(today: date, said: dict[str, str]) -> tuple[Unit, Choices]:
    """Return the day of "last Monday" or "next Monday"; for "Monday", the last one and then the next."""
    behind = (today.weekday() - WEEKDAYS[said["w"]]) % 7
    shift = SHIFTS.get(said.get("s", ""))
    if shift == -1:
        return "day", ((_day(today, -(behind or 7)),),)
    if shift == 1:
        return "day", ((_day(today, 7 - behind),),)
    return "day", ((_day(today, -behind),), (_day(today, 7 - behind),))


def _month(today: date, said: dict[str, str]) -> tuple[Unit, Choices]:
    """Return the month that "last March", "this March" or "next March" means."""
    shift, number = SHIFTS[said["s"]], MONTHS[said["m"]]
    if shift:
        passed = number < today.month if shift < 0 else number <= today.month
        year = today.year + (passed if shift > 0 else passed - 1)
    else:
        year = today.year
    return "month", ((Written(0, 0, "month", year, number).span() or _day(today, 0),),)


def _weekend(today: date, said: dict[str, str]) -> tuple[Unit, Choices]:
    shift = SHIFTS.get(said.get("s", ""))
    saturday = today - timedelta(today.weekday()) + timedelta(5)
    last = Span(saturday - timedelta(7), saturday - timedelta(6))
    coming = Span(saturday, saturday + timedelta(1))
    if today > saturday:  # on a Sunday "last weekend" is still the one before
        return "day", ((last,),) if shift == -1 else ((coming,), (last,))
    return "day", ((last,),) if shift == -1 else ((coming,),) if shift is not None else ((last,), (coming,))


def _count(said: str) -> int:
    return int(said) if said.isdecimal() else COUNTS[said]


_Reader = Callable[[date, dict[str, str]], tuple[Unit, Choices]]
_RELATIVE: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (lazy_pattern(rf"(?<!\w)(?:{pattern})(?!\w)"), reader)
    for pattern, reader in (
        *(
            (words, lambda today, _, days=days: ("day", ((_day(today, days),),)))
            for days, words in ((days, "|".join(words)) for days, words in DAYS.items())
        ),
        (rf"{_S} {_N} (?:of )?{_U}", _recent),
        (rf"{_N} (?:of )?{_U} ago|vor {_N.replace('?P<n>', '?P<n2>')} {_U.replace('?P<u>', '?P<u2>')}", _ago),
        (rf"{_S} {_U}", _shifted),
        (rf"{_S} {_M}(?! \d)", _month),
        (rf"{_S} (?:weekend|wochenende)|(?:at|on|over|during) the weekend|am wochenende", _weekend),
        (rf"(?:{_S} |on |am |since |seit |until |bis |before |by ){_W}|{_W.replace('?P<w>', '?P<w2>')}", _weekday),
    )
)


_WORD = lazy_pattern(r"\w+")
_HINTS = frozenset(
    (
        *(*SHIFTS, *WEEKDAYS, "ago", "vor", "weekend", "wochenende"),
        *(phrase.split()[-1] for phrases in DAYS.values() for phrase in phrases),
    )
)
"""Words of which every relative date has one."""


def relative_dates(lowered: str, today: date) -> Iterator[Asked]:
    """Yield the dates relative to ``today`` in the lower-case text ``lowered``, in order."""
    if _HINTS.isdisjoint(_WORD.findall(lowered)):
        return
    found: list[Asked] = []
    for pattern, reader in _RELATIVE:
        for match in pattern.finditer(lowered):
            said = {name.rstrip("2"): value for name, value in match.groupdict().items() if value}
            try:
                unit, choices = reader(today, said)
            except (OverflowError, ValueError):  # before the first year, or after the last
                continue
            found.append(Asked(match.start(), match.end(), unit, choices))
    end = 0
    for each in sorted(found, key=lambda each: (each.start, -each.end)):
        if each.start >= end:
            yield each
            end = each.end

"""Read the dates of a question: full, partial, or relative to today.

Besides what :mod:`~sanderling.text.dates.written` and :mod:`~sanderling.text.dates.relative` find, words such as since,
before and between are understood. A date without a year is the last and the next of its kind, else an earlier one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from .month_names import WEEKDAYS
from .relative import Asked, Choices, relative_dates
from .written import MAX_CHARACTERS, Span, Written, written

EARLIER_YEARS = 30
"""Number of years looked back for a date without a year."""

_OPEN_END = re.compile(r"(?<!\w)(since|from|after|seit|ab|nach)(?: the| dem| der)? $")
_OPEN_BEGINNING = re.compile(r"(?<!\w)(?<!day )(before|until|till|up to|vor|bis)(?: the| zum| dem| der)? $")
_BETWEEN = re.compile(r"(?<!\w)(?:between|from|zwischen|von|vom)(?: the| dem| der)? $")
_TO = re.compile(r"(?: (?:and|to|until|till|through|und|bis)(?: the| zum| dem| der)? | ?[-–—] ?)$")  # noqa: RUF001


def asked_dates(question: str, today: date) -> list[Asked]:
    """Return the dates in ``question``, in order. ``today``: what relative dates refer to."""
    lowered = question[:MAX_CHARACTERS].lower()
    if len(lowered) != len(question[:MAX_CHARACTERS]):  # "İ" becomes two: offsets would shift
        lowered = question[:MAX_CHARACTERS]
    relative = list(relative_dates(lowered, today))
    found = [
        *((each, None) for each in relative),
        *(
            (Asked(each.start, each.end, each.unit, _choices(each, today)), each)
            for each in written(question, yearless=True)
            if not any(other.start < each.end and each.start < other.end for other in relative)
        ),
    ]
    found = [(asked, each) for asked, each in found if asked.choices]
    found.sort(key=lambda pair: pair[0].start)
    # "Tuesday, 5 March" is one date.
    found = [
        (one, each)
        for at, (one, each) in enumerate(found)
        if not (_is_weekday(lowered, one) and at + 1 < len(found) and _is_next(lowered, one, *found[at + 1]))
    ]
    return list(_ranges(lowered, found))


def _is_weekday(lowered: str, one: Asked) -> bool:
    return lowered[one.start : one.end].rpartition(" ")[2] in WEEKDAYS


def _is_next(lowered: str, one: Asked, two: Asked, is_written: Written | None) -> bool:
    return is_written is not None and lowered[one.end : two.start].strip(" ,.") in ("", "the", "den", "der")


def _choices(each: Written, today: date) -> Choices:
    if each.year is not None:
        span = each.span()
        return ((span,),) if span else ()
    spans = [span for year in range(today.year - EARLIER_YEARS, today.year + 2) if (span := each.span(year))]
    past = [span for span in spans if span.first <= today]
    coming = [span for span in spans if span.first > today][:1]
    return ((*past[-1:], *coming), *((span,) for span in reversed(past[:-1])))


def _ranges(lowered: str, found: list[tuple[Asked, Written | None]]) -> Iterator[Asked]:
    """Yield the dates of ``found``; join ranges such as "from May to June", and apply words such as "since"."""
    at = 0
    while at < len(found):
        (one, first), at = found[at], at + 1
        joint = _joint(lowered, one, first, found[at][0]) if at < len(found) else None
        if joint is not None:
            at += 1
        yield joint or _opened(lowered[: one.start], one)


def _joint(lowered: str, one: Asked, first: Written | None, two: Asked) -> Asked | None:
    between = _TO.fullmatch(lowered, one.end, two.start)
    if between is None or (between[0].strip() in ("and", "und") and not _BETWEEN.search(lowered[: one.start])):
        return None
    last = two.choices[0][-1].last
    # "from 3 March to 7 March 2024": the year stands once.
    begin = first.span(last.year) if first is not None and first.year is None else None
    span = Span((begin or one.choices[0][0]).first, last)
    return Asked(one.start, two.end, one.unit, ((span,),)) if span.first <= span.last else None


def _opened(before: str, one: Asked) -> Asked:
    """Return the date ``one``, or an open time after a word such as "since" or "before"."""
    span = one.choices[0][0]
    if word := _OPEN_END.search(before):
        first = span.last + timedelta(1) if word[1] in ("after", "nach") else span.first
        return one._replace(unit="year", choices=((Span(first, date.max),),))
    if word := _OPEN_BEGINNING.search(before):
        last = span.first - timedelta(1) if word[1] in ("before", "vor") else span.last
        return one._replace(unit="year", choices=((Span(date.min, last),),))
    return one

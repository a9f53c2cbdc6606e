"""Find dates as people write them in names, fields and questions. They are days, weeks, months, quarters and years.

============  =======================================================================================================
a day         ``2024-03-05 2024_03_05 2024/3/5 20240305 05.03.2024 5-3-2024 03/25/2024 05.03.24``, ``5 March 2024``,
              ``5-Mar-24``, ``March 5th, 2024``, ``5. März 2024``, ``2024-Mar-05``, ``2024年3月5日``
a week        ``2024-W10 2024W10``, ``KW 10 2024``, ``week 10 of 2024``
a month       ``2024-03 2024_03 03/2024``, ``March 2024``, ``2024 März``, ``2024年3月``
a quarter     ``2024-Q1``, ``Q1 2024``, ``1. Quartal 2024``, ``first quarter of 2024``
a year        ``2024``
============  =======================================================================================================

Where the year is left out (``5 March``, ``05.03.``, ``week 10``), :attr:`Written.year` is None. Day and month in digits
come in this order unless only the other one exists. Digits or letters right beside a number make it something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, NamedTuple

from ..lazy_pattern import lazy_pattern
from .month_names import MONTHS, alternatives

Unit = Literal["day", "week", "month", "quarter", "year"]

MAX_CHARACTERS = 2000
"""Number of characters read; dates are sought in names and questions, not in documents."""


class Span(NamedTuple):
    """A range of days, both ends included."""

    first: date
    last: date

    def overlaps(self, other: Span) -> bool:
        """Whether two spans have a day in common."""
        return self.first <= other.last and other.first <= self.last


class Written(NamedTuple):
    """A date in a text, between the offsets ``start`` and ``end``."""

    start: int
    end: int
    unit: Unit
    year: int | None
    number: int = 0
    """Number of the week, month or quarter; for a day, of its month."""
    day: int = 0
    """Day of the month or week; 0 for longer units."""
    last_day: int = 0
    """Last of several days, as in "3-7 March"; 0 for one day."""

    def span(self, year: int | None = None) -> Span | None:
        """Return the days of this date; None for an invalid date, such as 30 February.

        ``year``: taken where none is written.
        """
        of = self.year or year
        try:
            return None if of is None else _span(self.unit, of, self.number, self.day, self.last_day)
        except (ValueError, OverflowError):
            return None


def _span(unit: Unit, year: int, number: int, day: int, last_day: int) -> Span:
    if unit == "day":
        first = date(year, number, day)
        return Span(first, max(first, date(year, number, last_day or day)))
    if unit == "week":
        first = date.fromisocalendar(year, number, day or 1)
        return Span(first, first if day else first + timedelta(6))
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    month = 1 if unit == "year" else (number - 1) * months + 1
    first = date(year, month, 1)
    return Span(first, date(year + (month + months > 12), (month + months - 1) % 12 + 1, 1) - timedelta(1))


_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "erste": 1, "zweite": 2, "dritte": 3, "vierte": 4}
_Y = r"(?P<y>(?:1[89]|20)\d\d)"
_M = r"(?P<m>0?[1-9]|1[0-2])"
_D = r"(?P<d>0?[1-9]|[12]\d|3[01])"
_WORD = rf"(?P<n>{alternatives(MONTHS)})(?![^\W\d_])\.?"
_ANY = r"[ ,._/-]{0,3}"
_SOME = r"[ ,._/-]{1,3}"
_OF = r"(?:(?:of|de|del|von|in|des|im)[ ]{1,3})?"
_FROM = r"(?<![^\W\d_])"
"""Matches where no word goes on before a date."""
_E = _D.replace("<d>", "<e>")
_TO = r"(?: ?[-–—] ?| (?:to|and|bis|und|until)(?: the| zum)? )"  # noqa: RUF001 - dashes, as people write them
_NTH = r"(?:st|nd|rd|th|er|\.|º)?"
_RULES: tuple[tuple[Unit, str], ...] = (
    ("day", rf"(?<!\d){_Y}(?P<s>[-_./ ]){_M}(?P=s){_D}(?!\d)"),
    # With a time behind it, too: 20240305T1200, 20240305120000.
    ("day", rf"(?<!\d){_Y}(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?=\d{{4}}(?:\d\d)?(?!\d)|(?!\d))"),
    ("day", rf"(?<!\d){_Y}[ ]?[年년][ ]?{_M}[ ]?[月월][ ]?{_D}[ ]?[日일]"),
    ("day", rf"(?<!\d)(?<!\d\.){_D}(?P<s>[-_./ ])[ ]?{_M}(?P=s)[ ]?{_Y}(?!\d)"),
    ("day", rf"(?<!\d)(?<!\d\.){_M}(?P<s>[-_./ ])(?P<d>0?[1-9]|[12]\d|3[01])(?P=s){_Y}(?!\d)"),
    ("day", r"(?<!\d)(?<!\d\.)(?P<d>0[1-9]|[12]\d|3[01])\.(?P<m>0[1-9]|1[0-2])\.(?P<yy>\d\d)(?![\d.])"),
    ("day", rf"(?<![\d-]){_D}(?P<s>[-/]){_WORD}(?P=s)(?P<yy>\d\d)(?![\d-])"),
    ("day", rf"(?<!\d){_D}{_NTH}[ ._-]{{0,3}}{_OF}{_WORD}{_ANY}{_OF}{_Y}(?!\d)"),
    ("day", rf"{_FROM}{_WORD}[ ._-]{{0,3}}(?:the )?{_D}{_NTH}{_SOME}{_OF}{_Y}(?!\d)"),
    ("day", rf"(?<!\d){_Y}{_ANY}{_WORD}{_ANY}{_D}(?!\d)"),
    ("day", rf"(?<!\d){_D}{_NTH}{_TO}{_E}{_NTH}[ ._-]{{0,3}}{_OF}{_WORD}{_ANY}{_OF}{_Y}(?!\d)"),
    ("day", rf"{_FROM}{_WORD}[ ._-]{{0,3}}{_D}{_NTH}{_TO}{_E}{_NTH}{_SOME}{_Y}(?!\d)"),
    ("week", rf"(?<!\d){_Y}[ ./_-]{{0,3}}(?:W|KW|CW|wk|week|woche)[ ._-]{{0,3}}(?P<w>\d\d?)(?:-(?P<d>[1-7]))?(?!\d)"),
    ("week", rf"{_FROM}(?:W|KW|CW|wk|week|woche)[ ._-]{{0,3}}(?P<w>\d\d?){_SOME}{_OF}{_Y}(?!\d)"),
    ("quarter", rf"(?<!\d){_Y}[ ./_-]{{0,3}}Q(?P<q>[1-4])(?!\d)"),
    ("quarter", rf"{_FROM}Q(?P<q>[1-4]){_ANY}{_OF}{_Y}(?!\d)"),
    ("quarter", rf"(?<!\d)(?P<q>[1-4])(?:st|nd|rd|th|\.)? ?(?:Quartals?|quarter|trimestre)(?![^\W_]){_ANY}{_OF}{_Y}"),
    ("quarter", rf"{_FROM}(?P<o>{'|'.join(_ORDINALS)})[sn]? (?:Quartals?|quarter)(?![^\W_]){_ANY}{_OF}{_Y}(?!\d)"),
    ("month", rf"(?<!\d){_Y}[-_./](?P<m>0[1-9]|1[0-2])(?!\d)(?![-_./]\d)"),
    ("month", rf"(?<!\d)(?<!\d[-_./]){_M}[-_./]{_Y}(?!\d)"),
    ("month", rf"(?<!\d){_Y}[ ]?[年년][ ]?{_M}[ ]?[月월]"),
    ("month", rf"{_FROM}{_WORD}{_ANY}{_OF}{_Y}(?!\d)"),
    ("month", rf"(?<!\d){_Y}{_ANY}{_WORD}"),
    ("year", rf"(?<![\w.,/-]){_Y}(?![\w/-]|[.,]\d)(?! ?(?:%|[^\W\d_]{{1,2}}\b(?<!in|am|is|my|we)))"),
)
_YEARLESS: tuple[tuple[Unit, str], ...] = (
    ("day", r"(?<!\d)(?<!\d\.)(?P<d>0?[1-9]|[12]\d|3[01])\. ?(?P<m>0?[1-9]|1[0-2])\.(?![\d\w])"),
    ("day", rf"(?<![\d.]){_D}{_NTH}[ ._-]{{0,3}}{_OF}{_WORD}"),
    ("day", rf"{_FROM}{_WORD}[ ._-]{{1,3}}(?:the )?{_D}{_NTH}(?![\d\w])"),
    ("day", rf"(?<![\d.]){_D}{_NTH}{_TO}{_E}{_NTH}[ ._-]{{0,3}}{_OF}{_WORD}"),
    ("day", rf"{_FROM}{_WORD}[ ._-]{{1,3}}{_D}{_NTH}{_TO}{_E}{_NTH}(?![\d\w])"),
    ("quarter", rf"{_FROM}Q(?P<q>[1-4])(?![\d\w])"),
    ("week", rf"{_FROM}(?:KW|CW|week|kalenderwoche)[ ._-]{{1,3}}(?P<w>\d\d?)(?![\d\w])"),
    ("month", rf"\b(?:in|im|during|of|for|since|seit|until|bis|before|vor|by|throughout|en|from|ab) {_WORD}"),
)
_PATTERNS = tuple((unit, lazy_pattern(rule, re.IGNORECASE)) for unit, rule in _RULES)
_YEARLESS_PATTERNS = tuple((unit, lazy_pattern(rule, re.IGNORECASE)) for unit, rule in _YEARLESS)
_YEAR = lazy_pattern(r"(?:1[89]|20)\d\d|\d\.\d\d\.\d\d|[^\W\d_]{3}[-/]\d\d")
"""Matches part of every date that has a year."""
_LETTERS = lazy_pattern(r"[^\W\d_]+")
_DOUBTFUL_MONTHS = frozenset({"set", "ago", "out", "mag", "gen", "mar"})
_DOUBTFUL = _DOUBTFUL_MONTHS | {"may", "mars", "march", "dec"}
"""Lower-case names of months that are also other words; they count only in dates with a year.

Beside a number all of them are such words, after "in" only :data:`_DOUBTFUL_MONTHS`.
"""


def written(text: str, *, yearless: bool = False) -> list[Written]:
    """Return the dates in ``text`` in order, without dates that are part of a longer date.

    ``yearless``: also days, weeks and months whose year is left out.
    """
    patterns = _patterns(text, yearless)
    if not patterns:
        return []
    found: list[Written] = []
    for unit, pattern in patterns:
        for match in pattern.finditer(text[:MAX_CHARACTERS]):
            each = _read(unit, match)
            # A leap year with 53 weeks, for dates without one.
            if each is not None and each.span(2004) is not None:
                found.append(each)
    # The longest at each place; of equals the rule that stands first.
    found.sort(key=lambda each: (each.start, -each.end))
    return list(_apart(found))


def may_have_year(text: str) -> bool:
    """Whether ``text`` may hold a date with a year, told in a fraction of the time that :func:`written` takes."""
    return _YEAR.search(text) is not None


def _patterns(text: str, yearless: bool) -> list[tuple[Unit, re.Pattern[str]]]:
    """Return the date patterns that may match ``text``. That depends on its digits and names of months.

    Most questions have no digit, and most questions with a digit name no month.
    """
    if not yearless and not may_have_year(text):
        return []
    named = any(word in MONTHS for word in _LETTERS.findall(text[:MAX_CHARACTERS].lower()))
    if not any(map(str.isdecimal, text)):
        return list(_YEARLESS_PATTERNS[-1:]) if yearless and named else []
    patterns = _PATTERNS + _YEARLESS_PATTERNS if yearless else _PATTERNS
    return [(unit, pattern) for unit, pattern in patterns if named or "(?P<n>" not in pattern.pattern]


def _apart(found: list[Written]) -> Iterator[Written]:
    end = 0
    for each in found:
        if each.start >= end:
            yield each
            end = each.end


def _read(unit: Unit, match: re.Match[str]) -> Written | None:
    said = {name: value for name, value in match.groupdict().items() if value}
    start = match.start()
    if "n" in said:
        if "y" not in said and said["n"] in (_DOUBTFUL if unit == "day" else _DOUBTFUL_MONTHS):
            return None
        if unit == "month" and "y" not in said:
            start = match.start("n")
        # A pattern that ignores case takes "\u017f" for an s, a name in a table does not.
        number = MONTHS.get(said["n"].lower(), 0)
    elif "o" in said:
        number = _ORDINALS[said["o"].lower()]
    else:
        number = int(next((said[name] for name in "mwq" if name in said), "0"))
    year = int(said["y"]) if "y" in said else None
    if "yy" in said:
        year = 2000 + int(said["yy"]) if int(said["yy"]) < 70 else 1900 + int(said["yy"])
    return Written(start, match.end(), unit, year, number, int(said.get("d", "0")), int(said.get("e", "0")))

"""English and German words for counts, units of time and nearness to today."""

from __future__ import annotations

from collections.abc import Mapping

from .written import Unit

_COUNTS = (
    "one ein eine einem einer a an",
    "two zwei couple",
    "three drei few paar",
    "four vier",
    "five fünf",
    "six sechs",
    "seven sieben",
    "eight acht",
    "nine neun",
    "ten zehn",
    "eleven elf",
    "twelve zwölf",
)
_UNITS: Mapping[Unit, str] = {
    "day": "day days tag tage tagen tages",
    "week": "week weeks woche wochen",
    "month": "month months monat monate monaten monats",
    "quarter": "quarter quarters quartal quartale quartals",
    "year": "year years jahr jahre jahren jahres",
}
_SHIFTS = {
    -1: "last past previous letzte letzten letzter letztes letztem vergangene vergangenen vergangenes vorige vorigen "
    "voriges vorherige vorherigen",
    0: "this current diese diesen dieser dieses diesem aktuelle aktuellen laufenden",
    1: "next coming nächste nächsten nächster nächstes nächstem kommende kommenden kommendes",
}

COUNTS: Mapping[str, int] = {word: number for number, words in enumerate(_COUNTS, 1) for word in words.split()}
UNITS: Mapping[str, Unit] = {word: unit for unit, words in _UNITS.items() for word in words.split()}
SHIFTS: Mapping[str, int] = {word: shift for shift, words in _SHIFTS.items() for word in words.split()}
"""Number of units by which a word shifts: "last" -1, "this" 0, "next" 1."""
DAYS: Mapping[int, tuple[str, ...]] = {
    -2: ("the day before yesterday", "day before yesterday", "vorgestern"),
    -1: ("yesterday", "gestern", "last night"),
    0: ("today", "tonight", "this morning", "this afternoon", "this evening", "heute"),
    1: ("tomorrow", "morgen früh"),
    2: ("the day after tomorrow", "day after tomorrow", "übermorgen"),
}
"""Words for a day, by its distance from today in days. ``morgen`` alone is left out: it is the morning as well."""

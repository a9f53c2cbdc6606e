"""The names and numbers of months and weekdays in the most common languages of notes."""

from __future__ import annotations

from collections.abc import Mapping

_MONTHS = (
    "january januar janvier enero gennaio januari janeiro jänner января jan janv ene gen",
    "february februar février fevrier febrero febbraio februari fevereiro feber февраля feb févr fev",
    "march märz maerz mars marzo maart março marco марта mar mär mrz mrt",
    "april april avril abril aprile апреля apr avr abr",
    "may mai mayo maggio mei maio мая mag",
    "june juni juin junio giugno junho июня jun giu",
    "july juli juillet julio luglio julho июля jul juil lug",
    "august august août aout agosto augustus августа aug ago",
    "september september septembre septiembre setiembre settembre setembro сентября sept sep set",
    "october oktober octobre octubre ottobre outubro октября oct okt ott out",
    "november november novembre noviembre novembro ноября nov",
    "december dezember décembre decembre diciembre dicembre dezembro декабря dec dez déc dic",
)
MONTHS: Mapping[str, int] = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
"""Months by lower-case name, whole or abbreviated, from 1."""
_WEEKDAYS = (
    "monday montag lundi lunes lunedì maandag",
    "tuesday dienstag mardi martes martedì dinsdag",
    "wednesday mittwoch mercredi miércoles mercoledì woensdag",
    "thursday donnerstag jeudi jueves giovedì donderdag",
    "friday freitag vendredi viernes venerdì vrijdag",
    "saturday samstag sonnabend samedi sábado sabato zaterdag",
    "sunday sonntag dimanche domingo domenica zondag",
)
WEEKDAYS: Mapping[str, int] = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}
"""Weekdays by lower-case name, from 0 for Monday."""
GERMAN_MONTHS = tuple(names.split()[1].capitalize() for names in _MONTHS)
ENGLISH_MONTHS = tuple(names.split()[0].capitalize() for names in _MONTHS)
ENGLISH_WEEKDAYS = tuple(names.split()[0].capitalize() for names in _WEEKDAYS)


def alternatives(names: Mapping[str, int]) -> str:
    """Return a regular expression for any of ``names``, longest first."""
    return "|".join(sorted(names, key=len, reverse=True))

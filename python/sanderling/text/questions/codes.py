"""Find codes in a question: article numbers, error codes, serial numbers. An embedder knows none of them."""

from __future__ import annotations

import re
from itertools import product

from ..searched import sequence

MAX_CHARACTERS = 2000
"""Number of characters read of a question."""
MAX_CODES = 4
"""Most codes read of a question."""
_CODE = re.compile(
    r"(?<![\w/-])"
    r"(?:[A-Za-z]{1,8}\d{1,12}|[A-Za-z]{1,4}[-/]\d{1,12}|[A-Z]{1,4} (?!(?:1[89]|20)\d\d(?!\w))\d{2,12}|\d{5,20})"
    r"(?:[-/]?[A-Za-z\d]{1,12}){0,3}(?!\w)"
)
_YEAR = re.compile(r"[a-z]{1,8}[-/]?(?:1[89]|20)\d\ds?")
"""Matches a year behind a word, as in ``mid-1990``."""
_PARTS = re.compile(r"\d+|[a-z]+")
_FEW_PARTS = 3


def codes(question: str) -> list[list[str]]:
    """Return the codes in ``question``, such as ``HX-2999``, ``part250``, ``LH 441`` and ``12500``.

    Each is given in the spellings that notes may have, in words as searched: ``hx 2999`` and ``hx2999``. Years and
    quantities, such as ``mid-1990`` and ``350km``, are none.
    """
    text = question[:MAX_CHARACTERS]
    if not any(map(str.isdecimal, text)):
        return []
    found = dict.fromkeys(each[0] for each in _CODE.finditer(text) if not _YEAR.fullmatch(each[0]))
    return [_spellings(code) for code in list(found)[:MAX_CODES]]


def _spellings(code: str) -> list[str]:
    parts = _PARTS.findall(code.lower())
    between = product(("", " "), repeat=len(parts) - 1) if len(parts) <= _FEW_PARTS else ()
    ways = ("".join(piece for pair in zip(parts, [*marks, ""], strict=True) for piece in pair) for marks in between)
    return list(dict.fromkeys([" ".join(sequence(code)), *ways]))

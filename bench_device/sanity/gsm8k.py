"""GSM8K: school sums, marked by the last number of a worked answer (Cobbe et al. 2021, arXiv 2110.14168)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

_NUMBER = re.compile(r"(?:(?<![\w.)])-)?\d++(?:,\d{3}(?!\d))*+(?:\.\d++)?+")
"""Digits, in groups of three perhaps, with a decimal part; a minus sign counts where no word, number or bracket stands
before it."""
ASK = "{text}\n\nSolve this step by step, briefly, and state the number at the end."
"""No form of a last line is given: a model of 0.5B repeated it in place of filling it in."""


def prompt(text: str) -> str:
    """Return the prompt that asks for one sum."""
    return ASK.format(text=text)


def last_number(text: str) -> Decimal | None:
    """Return the last number written in ``text``; None if there is none.

    Commas between thousands, currency signs and per cent signs are ignored.
    """
    found = _NUMBER.findall(text.replace("\N{MINUS SIGN}", "-").replace("-$", "-"))
    return Decimal(found[-1].replace(",", "")) if found else None


def right(said: str, answers: Sequence[str]) -> bool:
    """Return whether the last number of ``said`` equals that of an accepted answer."""
    number = last_number(said)
    return number is not None and any(number == last_number(answer) for answer in answers)

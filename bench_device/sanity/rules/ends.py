"""Rules about how an answer begins and ends, and about answers in two parts."""

from __future__ import annotations

from typing import Any


def two_responses(text: str, given: dict[str, Any]) -> bool:
    """Return whether ``******`` divides the text into two answers that differ."""
    parts = [part.strip() for part in text.split("******")]
    if not all(parts[1:-1]):
        return False
    found = [part for part in parts if part]
    return len(found) == 2 and found[0] != found[1]


def repeat_prompt(text: str, given: dict[str, Any]) -> bool:
    """Return whether the text begins with ``prompt_to_repeat``, ignoring case."""
    return text.strip().lower().startswith(_needed(given["prompt_to_repeat"]))


def end_checker(text: str, given: dict[str, Any]) -> bool:
    """Return whether the text ends with ``end_phrase``, ignoring case.

    Quotation marks may surround it.
    """
    return text.strip().strip('"').lower().endswith(_needed(given["end_phrase"]))


def quotation(text: str, given: dict[str, Any]) -> bool:
    """Return whether the whole text stands in double quotation marks."""
    inner = text.strip()
    return len(inner) > 1 and inner[0] == inner[-1] == '"'


def _needed(phrase: str) -> str:
    if not phrase.strip():
        raise ValueError("the phrase is empty")
    return phrase.strip().lower()

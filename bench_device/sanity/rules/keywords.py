"""Rules about words that must or must not occur."""

from __future__ import annotations

from typing import Any


def compared(count: int, relation: object, bound: object) -> bool:
    """Return whether ``count`` is in the given ``relation`` to ``bound``.

    Raises ValueError for an unknown relation or bound.
    """
    if not isinstance(bound, int | float) or isinstance(bound, bool):
        raise ValueError(f"{bound!r} is no number")
    if relation == "at least":
        return count >= bound
    if relation == "less than":
        return count < bound
    raise ValueError(f"unknown relation {relation!r}")


def existence(text: str, given: dict[str, Any]) -> bool:
    """Return whether all of ``keywords`` occur, ignoring case.

    They may occur within words.
    """
    return all(word.lower() in text.lower() for word in _words(given["keywords"]))


def frequency(text: str, given: dict[str, Any]) -> bool:
    """Return whether ``keyword`` occurs as often as the rule says.

    The rule is ``relation`` with ``frequency``; occurrences within words count.
    """
    return compared(text.lower().count(given["keyword"].strip().lower()), given["relation"], given["frequency"])


def forbidden_words(text: str, given: dict[str, Any]) -> bool:
    """Return whether none of ``forbidden_words`` occurs as a whole word."""
    return not any(_as_word(word.lower(), text.lower()) for word in _words(given["forbidden_words"]))


def letter_frequency(text: str, given: dict[str, Any]) -> bool:
    """Return whether ``letter`` occurs as often as the rule says, ignoring case.

    The rule is ``let_relation`` with ``let_frequency``.
    """
    return compared(text.lower().count(given["letter"].lower()), given["let_relation"], given["let_frequency"])


def _words(given: object) -> list[str]:
    if not isinstance(given, list) or not given or not all(isinstance(word, str) and word for word in given):
        raise ValueError(f"{given!r} is no list of words")
    return given


def _as_word(word: str, text: str) -> bool:
    """Return whether ``word`` stands in ``text`` with no letter or digit on either side."""
    at = text.find(word)
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + len(word) : at + len(word) + 1]
        if not _is_part(before) and not _is_part(after):
            return True
        at = text.find(word, at + 1)
    return False


def _is_part(character: str) -> bool:
    return character.isalnum() or character == "_"

"""Recognise questions about the notes themselves, such as how many there are.

"How many notes are tagged people?", "Welche Notizen sind im Ordner Projekte?" are about the notes; "How many people
work at the station?" is not. A question counts as the first only if all of it is understood: a beginning that counts or
lists, a word for notes, then conditions and nothing else. English and German (``notes_grammar.py``).
"""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

from ..dates.asked import asked_dates
from ..dates.relative import Asked
from .notes_grammar import GRAMMARS, Grammar

MAX_CHARACTERS = 300
"""Longest question about the notes themselves."""

What = Literal["notes", "titles", "tags", "folders"]
By = Literal["tag", "folder", "place", "about", "words", "title", "type", "kind", "date"]


class Condition(NamedTuple):
    """One condition in a question about the notes, such as a tag or a folder."""

    by: By
    """``kind``: a word before "notes", as in "meeting notes". ``place``: what they are in, a folder or not."""
    value: str
    dates: Asked | None = None


class NotesAsked(NamedTuple):
    """A question about the notes themselves."""

    what: What
    how_many: bool
    """Whether their number is asked for; otherwise a list."""
    conditions: tuple[Condition, ...]
    language: str
    """``en`` or ``de``."""


def notes_asked(question: str, today: date) -> NotesAsked | None:
    """Return the request in a question about the notes themselves; None for any other question.

    ``today``: what relative dates refer to.
    """
    if len(question) > MAX_CHARACTERS:
        return None
    plain = " ".join(question.split()).strip().rstrip("?!. ")
    for language, grammar in GRAMMARS.items():
        begun = grammar.begins.match(plain)
        if begun is None:
            continue
        # "Notes from March" are those of March, where a question of another kind may mean since then.
        dates = asked_dates(plain.replace(" from ", "   of "), today)
        found = _conditions(_with_marks(plain, dates), grammar, dates)
        if found is not None:
            return NotesAsked(*found, language=language)
    return None


def wants_more(question: str) -> bool:
    """Return whether ``question`` only asks for the next page of a list."""
    words = question.lower().strip(" ?!.").split()
    return 0 < len(words) <= 4 and any(
        more.fullmatch(" ".join(words)) for more in (grammar.more for grammar in GRAMMARS.values())
    )


def counts_in_texts(question: str) -> bool:
    """Return whether ``question`` seems to ask for a count or a list of all things of a kind. Its beginning decides.

    A number of units, such as "how many litres", is stated somewhere and not counted.
    """
    lower = " ".join(question[:MAX_CHARACTERS].lower().split())
    return any(grammar.counts.match(lower) for grammar in GRAMMARS.values())


def _with_marks(plain: str, dates: list[Asked]) -> str:
    """Return ``plain`` with each date replaced by a mark such as ``<0>``."""
    plain = plain.replace("<", " ").replace(">", " ")
    for number in range(len(dates) - 1, -1, -1):
        plain = f"{plain[: dates[number].start]}<{number}>{plain[dates[number].end :]}"
    return plain


def _conditions(marked: str, grammar: Grammar, dates: list[Asked]) -> tuple[What, bool, tuple[Condition, ...]] | None:
    begun = grammar.begins.match(marked)
    if begun is None:
        return None
    what: What = next((what for what, noun in grammar.nouns.items() if noun.fullmatch(begun["noun"])), "notes")
    count = begun["count"] is not None
    kind = (begun["kind"] or "").strip()
    found = [Condition("kind", kind)] if kind else []
    at = begun.end()
    if at < len(marked) and marked[at] != " ":
        return None
    joined = False
    while at < len(marked):
        condition, at = _next(marked, at, grammar, dates, found[-1] if joined else None)
        joined = False
        if condition is not None:
            found.append(condition)
        elif filler := grammar.fillers.match(marked, at):
            at, joined = filler.end(), bool(found) and filler[0].strip().lower() in ("and", "und")
        else:
            return None
    # "Are there notes?" and "which notes?" ask nothing without a condition.
    needs = begun["needs"] is not None and what == "notes"
    return None if needs and not found else (what, count, tuple(found))


def _next(
    marked: str, at: int, grammar: Grammar, dates: list[Asked], before: Condition | None
) -> tuple[Condition | None, int]:
    """Return the condition that begins at ``at``, and where it ends.

    ``before``: the condition of which another value may follow; None: of none.
    """
    if dated := grammar.date.match(marked, at):
        return Condition("date", "", dates[int(dated["number"])]), dated.end()
    patterns = list(grammar.conditions)
    if before is not None and before.by in ("about", "words", "tag"):
        patterns.append((before.by, grammar.other))
    for by, pattern in patterns:
        if match := pattern.match(marked, at):
            value = match["value"].strip(" \"'\u201c\u201d\u201e\u2018\u2019")
            if value and not grammar.no_value.search(value):
                return Condition(by, value), match.end()
    return None, at

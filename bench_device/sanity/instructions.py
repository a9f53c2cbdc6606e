"""IFEval: a text is right if it follows every rule of the instruction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...errors import UsageError
from ...records import Record
from .questions import SanityQuestion
from .rules.check import why_not

NAMED = 5
"""Most rules that an error names."""


class LeftOut(Record):
    """A rule that cannot be verified here, and the number of questions that are not asked because of this rule."""

    rule: str
    """Its id, with the reason."""
    questions: int


def verifiable(
    questions: Sequence[SanityQuestion],
) -> tuple[tuple[SanityQuestion, ...], tuple[LeftOut, ...]]:
    """Return the questions whose rules can all be verified, and the number of the other questions per rule."""
    kept, lost = [], Counter[str]()
    for question in questions:
        found = [f"{rule.id} ({why})" for rule in question.rules if (why := why_not(rule))]
        lost.update(dict.fromkeys(found, 1))
        if not found:
            kept.append(question)
    return tuple(kept), tuple(LeftOut(rule=rule, questions=count) for rule, count in sorted(lost.items()))


def require_some(kept: int, left_out: Sequence[LeftOut]) -> None:
    """Raise UsageError if no question is left to ask. ``kept``: number of those of all suites."""
    if kept:
        return
    rules = [f"{each.questions} for {each.rule}" for each in left_out[:NAMED]]
    rules += [f"others for {len(left_out) - NAMED} rules more"] if len(left_out) > NAMED else []
    raise UsageError(
        f"every question is left out, because its rule cannot be verified here: {', '.join(rules)}:"
        " name another folder with --data, or another --suite"
    )

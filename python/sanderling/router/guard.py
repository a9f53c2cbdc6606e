"""Restrict risky questions to the largest model, whatever the router would choose.

A wrong answer to such a question can do harm. Like the other masks, this one applies before every router, the rule
included: of the choices allowed by RAM, privacy and budget, only those of the largest model remain. Risky subjects are
detected by keywords (:mod:`sanderling.text.questions.question`), with false alarms preferred to misses.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from ..records import Record
from ..text.questions.question import subjects
from .choices import Choice, Choices


class Guarded(Record):
    """The choices after the guard's restriction. ``reason``: why it excluded some; empty if it excluded none."""

    choices: Choices
    """All choices, the excluded ones with a reason."""
    reason: str = ""

    @property
    def allowed(self) -> tuple[Choice, ...]:
        """Return the one or more remaining choices."""
        return self.choices.allowed


def guard(
    choices: Choices, query: str, domains: Collection[str], largest_for: Collection[str], always_largest: bool
) -> Guarded:
    """Mask all but the largest allowed model if the question is risky or the user always wants the largest.

    A question is risky if its subject or one of ``domains`` is in ``largest_for``. ``domains``: those of the notes that
    would answer the question. ``largest_for``: the risky subjects and domains.
    """
    risks = sorted((set(subjects(query)) | set(domains)) & set(largest_for))
    if not risks and not always_largest:
        return Guarded(choices=choices)
    why = f"{' and '.join(risks)}: always the largest model" if risks else "always the largest model for this user"
    largest = max(choice.candidate.rung for choice in choices.allowed)
    return Guarded(
        choices=Choices(
            every=tuple(
                choice if choice.masked or choice.candidate.rung == largest else replace(choice, masked=why)
                for choice in choices.every
            )
        ),
        reason=why,
    )

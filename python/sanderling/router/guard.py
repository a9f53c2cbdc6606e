"""Questions in which a wrong answer can do harm get the largest model, whatever a router would have chosen.

This is a mask and comes before every router, the rule too: of what RAM, privacy and budget allow, only the choices of
the largest model are left. Subjects are told by words (:mod:`sanderling.text.question`), rather seen than missed.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from ..records import Record
from ..text.question import subjects
from .choices import Choice, Choices


class Guarded(Record):
    """What is left to choose from, and why it is less than before; empty: it is not."""

    choices: Choices
    """All of them; those that may not be chosen say why."""
    reason: str = ""

    @property
    def allowed(self) -> tuple[Choice, ...]:
        """Return the choices that are left; never empty."""
        return self.choices.allowed


def guard(
    choices: Choices, query: str, domains: Collection[str], largest_for: Collection[str], always_largest: bool
) -> Guarded:
    """Mask all but the largest allowed model where the question, its domains or the user ask for it.

    ``domains``: of the notes it would be answered from. ``largest_for``: subjects and domains of risk.
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

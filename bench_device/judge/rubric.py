"""The message sent to a judge, and the record of an answer to be judged."""

from __future__ import annotations

from typing import Protocol

from ...records import Record

VERSION = 1
"""Version of the rubric; raise it with any change to the texts below."""
MARKS = ("1", "2", "3", "4", "5")

_SCALE = """How good is the answer to judge? 5: right and nothing else. 4: right, with needless words. 3: partly right.
2: on the subject, but wrong. 1: wrong or useless."""
_WITH_ANSWERS = """Question: {question}
Right answers: {answers}
Answer to judge: {said}

{scale} If there are no right answers, saying so is right.
Reply with one digit."""
_WITH_NOTES = """Notes:
{notes}

Question: {question}
Answer to judge: {said}

{scale} An answer is right if it answers the question and the notes say so.
Reply with one digit."""


class Judged(Record):
    """An answer to be judged."""

    question: str
    said: str
    """The answer."""
    answers: tuple[str, ...] | None = ()
    """Accepted answers, none where saying so is right; None: not known, so ``notes`` decide."""
    notes: tuple[str, ...] = ()
    """Sentences of the notes that the answer rests on; read only if ``answers`` is None."""


class Judge(Protocol):
    """A model that marks answers."""

    @property
    def id(self) -> str:
        """The judge's name in rows and tables."""

    def mark(self, judged: Judged) -> float:
        """Return a mark from 1 to 5. Raises SanderlingError if there is none."""


def asked(judged: Judged) -> str:
    """Return the message that asks a judge to mark one answer."""
    said = judged.said or "(empty)"
    if judged.answers is None:
        notes = "\n".join(f"- {note}" for note in judged.notes) or "(none)"
        return _WITH_NOTES.format(notes=notes, question=judged.question, said=said, scale=_SCALE)
    answers = "; ".join(judged.answers) or "(none)"
    return _WITH_ANSWERS.format(question=judged.question, answers=answers, said=said, scale=_SCALE)

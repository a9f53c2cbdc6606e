"""One question, answered by one system: the answer, its scores, its times and its work."""

from __future__ import annotations

from msgspec.structs import replace

from ...records import Answer, Record, Route, Timings, TokenCounts
from ...text.answer_checks import normalise
from ..metrics import quality
from ..routing.sets import Item

YES_NO = frozenset(("yes", "no", "ja", "nein", "sí", "si"))


class SystemRow(Record):
    """The answer of one system to one question. Scores are 0 and times missing where it failed."""

    question: str
    """``SET/QUESTION``."""
    set: str
    digest: str
    """Version of the set; rows of another one are asked anew."""
    hops: int
    answerable: bool
    yes_no: bool
    """Whether the accepted answer is yes or no."""
    liked: bool
    """Whether the right answer is not known, but which notes it was made from: a question of the log."""
    system: str
    router: str
    """Id of the system's router; rows of another one are asked anew."""
    turn: int
    """Place of the system in the order in which this question was asked, from 0."""
    began_s: float
    """Start time, in seconds since 1970."""
    error: str = ""
    """Why there is no answer."""
    text: str = ""
    route: Route | None = None
    verdict: str = ""
    """Label that the verifier gave the answer; empty: none."""
    confidence: float | None = None
    """Probability that the answer is right, by the verifier; None: it was not asked."""
    timings_ms: Timings = Timings()
    tokens: TokenCounts = TokenCounts()
    drafts: int = 0
    computed_tokens: int = 0
    """Tokens of all drafts that were computed, not those whose state was kept."""
    tflop: float = 0.0
    cpu_ms: float = 0.0
    """Processor time of the models, which other programs lengthen less than the clock's; 0: not reported."""
    found: bool = False
    """Whether the prompt showed every needed note."""
    em: float = 0.0
    f1: float = 0.0
    contains: float = 0.0
    declined: float = 0.0
    quality: float = 0.0
    """Mean of F1 and "contains" for what the notes answer, else ``declined``, as in the router's training.

    Of a question of the log: the share of the needed notes that were shown, 0 if the answer declines.
    """

    first_quality: float | None = None
    """Quality of the first draft, where another replaced it."""
    first_ms: float = 0.0
    """Time until another draft was begun, where one replaced the first."""

    @property
    def success(self) -> bool:
        """Whether the question was answered rightly with all needed notes shown, or, if unanswerable, declined."""
        if not self.answerable:
            return self.declined == 1.0
        return self.found and (self.contains == 1.0 or (self.liked and not self.declined))


def blank(item: Item, system: str, router: str, turn: int, began_s: float) -> SystemRow:
    """Return a row without an answer."""
    question, liked = item.question, item.set.notes is None
    said = {normalise(answer) for answer in question.answers}
    return SystemRow(
        question=item.id,
        set=item.set.name,
        digest=item.set.digest,
        hops=question.hops,
        answerable=bool(question.answers) or liked,
        liked=liked,
        yes_no=bool(said) and said <= YES_NO,
        system=system,
        router=router,
        turn=turn,
        began_s=began_s,
    )


def scored(row: SystemRow, item: Item, answer: Answer, shown: list[str]) -> SystemRow:
    """Return ``row`` with an answer and its scores. ``shown``: ids of the notes in the prompt, as in ``gold``."""
    question = item.question
    em, f1, contains, declined = scores(answer.text, item)
    if row.liked:
        worth = quality.recall_at(len(shown) or 1, shown, question.gold) * (1.0 - declined)
    else:
        worth = worth_of(answer.text, item)
    return replace(
        row,
        text=answer.text,
        route=answer.route,
        verdict="" if answer.verdict is None else answer.verdict.label,
        confidence=None if answer.verdict is None else answer.verdict.confidence,
        timings_ms=answer.timings_ms,
        tokens=answer.tokens,
        found=set(question.gold) <= set(shown),
        em=em,
        f1=f1,
        contains=contains,
        declined=declined,
        quality=worth,
    )


def scores(text: str, item: Item) -> tuple[float, float, float, float]:
    """Return an answer's exact match, F1, whether it contains the accepted answer, and whether it declines."""
    answers = item.question.answers
    em, f1, contains = (
        measure(text, answers) if answers else 0.0 for measure in (quality.exact_match, quality.f1, quality.contains)
    )
    return em, f1, contains, quality.declined(text)


def worth_of(text: str, item: Item) -> float:
    """Return the quality of an answer to a question whose right answer is known."""
    _, f1, contains, declined = scores(text, item)
    return (f1 + contains) / 2 if item.question.answers else declined

"""Which questions are asked from end to end, in which order, and the record of one that was asked.

``simple`` needs one note, ``moderate`` two, one after the other, ``heavy`` three or more. The scenarios take turns, so
that a run that is cut short has as many of each, and none had the cooler device.
"""

from __future__ import annotations

from itertools import cycle, islice

from ...records import Record, Timings, TokenCounts
from ..workloads import Question, Workload

SCENARIOS = ("simple", "moderate", "heavy")


class ScenarioRequest(Record):
    """One question, asked once."""

    label: str
    """Model and quantization, as in the rows."""
    scenario: str
    question_id: str
    round: int
    """How often the question was asked before."""
    began_s: float
    """Seconds since 1970."""
    error: str = ""
    """Why there was no answer; the fields below then stay at their defaults."""
    timings_ms: Timings = Timings()
    tokens: TokenCounts = TokenCounts()
    text: str = ""
    found: bool = False
    """Every note the answer needs was among those the model was shown."""
    contains: bool = False
    """The answer holds one of the accepted ones."""


def scenario_of(question: Question) -> str | None:
    """Return a question's scenario; None for one that the notes do not answer."""
    return SCENARIOS[min(question.hops, len(SCENARIOS)) - 1] if question.answers else None


def in_turn(work: Workload, requests: int | None) -> tuple[tuple[str, int, Question], ...]:
    """Return (scenario, round, question) in the order of asking.

    ``requests`` per scenario, beginning again where there are fewer questions; None: every question once.
    """
    queues = []
    for scenario in SCENARIOS:
        questions = [question for question in work.questions if scenario_of(question) == scenario]
        if questions:
            asked = islice(cycle(questions), requests if requests is not None else len(questions))
            queues.append([(scenario, i // len(questions), question) for i, question in enumerate(asked)])
    longest = max(map(len, queues), default=0)
    return tuple(queue[i] for i in range(longest) for queue in queues if i < len(queue))

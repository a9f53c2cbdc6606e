"""The scenarios, the order of their questions, and the record of one request.

``simple`` needs one note, ``moderate`` two in succession, ``heavy`` three or more. The scenarios alternate, so that an
interrupted run has equally many of each and none ran on a cooler device.
"""

from __future__ import annotations

from itertools import cycle, islice

from ...records import Record, Timings, TokenCounts
from ..workloads import Question, Workload

SCENARIOS = ("simple", "moderate", "heavy")


class ScenarioRequest(Record):
    """One question, asked once."""

    label: str
    """Model and quantization, as in the matrix."""
    scenario: str
    question_id: str
    round: int
    """How often the question was asked before."""
    began_s: float
    """Start time, in seconds since 1970."""
    error: str = ""
    """Why there is no answer; the fields below then keep their defaults."""
    timings_ms: Timings = Timings()
    tokens: TokenCounts = TokenCounts()
    text: str = ""
    found: bool = False
    """Whether the prompt contained every gold note."""
    contains: bool = False
    """Whether the answer contains an accepted answer."""


def scenario_of(question: Question) -> str | None:
    """Return the scenario of a question; None for a question that the notes do not answer."""
    return SCENARIOS[min(question.hops, len(SCENARIOS)) - 1] if question.answers else None


def in_turn(work: Workload, requests: int | None) -> tuple[tuple[str, int, Question], ...]:
    """Return the questions in the order of asking, each as (scenario, round, question).

    ``requests``: number per scenario, starting over when there are fewer questions; None: every question once.
    """
    queues = []
    for scenario in SCENARIOS:
        questions = [question for question in work.questions if scenario_of(question) == scenario]
        if questions:
            asked = islice(cycle(questions), requests if requests is not None else len(questions))
            queues.append([(scenario, i // len(questions), question) for i, question in enumerate(asked)])
    longest = max(map(len, queues), default=0)
    return tuple(queue[i] for i in range(longest) for queue in queues if i < len(queue))

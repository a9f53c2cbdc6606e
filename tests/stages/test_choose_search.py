"""How notes are searched for a question."""

from __future__ import annotations

import pytest

from sanderling.constraints import Constraints
from sanderling.records import Plan
from sanderling.stages.choose_search import LEAST_SHARE, SAVED_MS, searched

HURRIED_MS = SAVED_MS / LEAST_SHARE


@pytest.mark.parametrize(
    ("question", "budget_ms", "alone", "plan"),
    [
        ("When is the pump serviced?", None, True, "graph"),
        ("When is the pump serviced?", HURRIED_MS * 1.01, True, "graph"),
        ("When is the pump serviced?", HURRIED_MS * 0.99, True, "direct"),
        ("When is the pump serviced?", HURRIED_MS * 0.99, False, "graph"),
        ("When was the sister of the pilot whose boat sank born?", HURRIED_MS * 0.5, True, "graph"),
        ("Where do Ada Plum and Jon Berg live?", HURRIED_MS * 0.5, True, "graph"),
    ],
)
def test_only_a_hurried_question_for_one_note_is_searched_without_attention(
    question: str, budget_ms: float | None, alone: bool, plan: Plan
) -> None:
    assert searched(question, Constraints(budget_ms=budget_ms), alone=alone) == plan

from __future__ import annotations

import pytest
from drafted import drafted

from sanderling.router.verifier.judge import judge
from sanderling.router.verifier.signals import of_draft
from sanderling.verdict import Verdict

BLOCKS = ("[1] Pump: Ada Lind repaired it.", "[2] Winch: Tomas Brekke greased it.")


def verdict(text: str, confidence: float) -> Verdict:
    return judge(*of_draft(drafted(text), BLOCKS, "Who repaired the pump?"), confidence, 0.3)


def test_a_confident_answer_names_the_notes_that_bear_it_out() -> None:
    assert verdict("Ada Lind", 0.8) == Verdict(label="borne_out", confidence=0.8, by=(1,))
    assert verdict("Ada Lind and Tomas Brekke", 0.8).by == (1, 2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Oslo", "the notes do not say it outright"),
        ("yes", "the notes do not say yes or no outright"),
        ("Ada Lind", "the notes have these words, but the model was in doubt"),
        ("not found", "the model did not find it in the notes"),
    ],
)
def test_a_doubtful_answer_says_why(text: str, reason: str) -> None:
    assert (verdict(text, 0.2).label, verdict(text, 0.2).reason) == ("not_sure", reason)


def test_an_answer_that_declines_is_never_borne_out() -> None:
    assert verdict("not found", 0.99).label == "not_sure"
    assert verdict("not found", 0.99).by == ()


def test_no_answer_is_borne_out_by_nothing() -> None:
    assert verdict("yes", 0.9).label == "not_sure"

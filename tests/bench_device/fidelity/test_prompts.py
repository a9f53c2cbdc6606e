from __future__ import annotations

from sanderling.bench_device.fidelity.prompts import SENTENCE_CHARACTERS, station
from sanderling.text.answer_checks import normalise


def test_most_prompts_hold_an_answer_and_all_are_short() -> None:
    found = station()
    assert len(found) == 93
    held = 0
    for prompt in found:
        assert prompt.question.answers
        assert len(prompt.message) <= len(prompt.question.gold) * (SENTENCE_CHARACTERS + 60) + 200
        assert prompt.message.endswith(f"\n\nQuestion: {prompt.question.text}")
        said = f" {normalise(prompt.message)} "
        held += any(f" {normalise(answer)} " in said for answer in prompt.question.answers)
    # The others ask for what stands in a table or in several sentences; both files are asked the same.
    assert held >= 75


def test_a_pdf_is_left_out() -> None:
    assert not any(gold.endswith(".pdf") for prompt in station() for gold in prompt.question.gold)

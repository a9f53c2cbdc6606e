"""What is left to choose from where a wrong answer can do harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sanderling.constraints import Constraints
from sanderling.errors import ModelUnavailable
from sanderling.models.candidate import Candidate
from sanderling.router.choices import OVER_BUDGET, choices_for
from sanderling.router.guard import guard

TOKENS = {"tiny": 96, "small": 160, "medium": 256, "large": 768}
MODELS = [
    Candidate(
        model_id=f"m{rung}",
        rung=rung,
        n_ctx=4096,
        fits_ram=True,
        warm=False,
        prefill_tokens_per_s=1000.0 / 4**rung,
        decode_tokens_per_s=100.0 / 4**rung,
    )
    for rung in range(3)
]
RISKS = ("health", "mine")


def guarded(query: str, domains: tuple[str, ...] = (), always: bool = False, budget_ms: float | None = None):
    everything = choices_for(MODELS, TOKENS, Constraints(budget_ms=budget_ms))
    return guard(everything, query, domains, RISKS, always)


def test_harmless_questions_are_left_alone() -> None:
    found = guarded("Who repairs the pump?", ("kitchen",))
    assert len(found.allowed) == 12
    assert found.reason == ""
    assert guarded("May I sue over this contract?").reason == ""  # law is no risk of this configuration


@pytest.mark.parametrize(
    ("query", "domains", "always", "said"),
    [
        ("What dose of ibuprofen is safe?", (), False, "health"),
        ("Who repairs the pump?", ("mine",), False, "mine"),
        ("Who repairs the pump?", (), True, "this user"),
    ],
)
def test_risk_leaves_the_largest_model_with_every_context(query, domains, always, said) -> None:
    found = guarded(query, domains, always)
    assert {choice.candidate.model_id for choice in found.allowed} == {"m2"}
    assert len(found.allowed) == 4
    assert said in found.reason
    assert all(said in choice.masked for choice in found.choices.every if choice.candidate.rung < 2)


@given(st.floats(1, 100_000), st.booleans())
def test_the_largest_is_the_largest_of_what_the_other_masks_leave(budget_ms: float, always: bool) -> None:
    everything = choices_for(MODELS, TOKENS, Constraints(budget_ms=budget_ms))
    before = everything.allowed
    found = guard(everything, "?", (), RISKS, always)
    assert found.allowed
    assert set(map(id, found.allowed)) <= set(map(id, before))
    if always:
        assert {choice.candidate.rung for choice in found.allowed} == {max(c.candidate.rung for c in before)}


def test_what_is_left_out_says_why() -> None:
    far = replace(MODELS[2], trust="third")
    heavy = replace(MODELS[1], fits_ram=False)
    why = {
        (choice.candidate.model_id, choice.context_bin): choice.masked
        for choice in choices_for([MODELS[0], heavy, far], TOKENS, Constraints(budget_ms=1000)).every
    }
    assert why["m2", "small"] == "privacy is local"
    assert "RAM" in why["m1", "small"]
    assert why["m0", "large"] == OVER_BUDGET
    assert why["m0", "small"] == ""
    anywhere = choices_for([MODELS[0], far], TOKENS, Constraints(privacy="any"), lambda *_: "").allowed
    assert {choice.candidate.model_id for choice in anywhere} == {"m0", "m2"}


def test_only_remote_models_are_none_for_a_private_question() -> None:
    with pytest.raises(ModelUnavailable):
        choices_for([replace(MODELS[0], trust="third")], TOKENS, Constraints())


def test_the_late_answer_is_never_a_masked_one() -> None:
    heavy_but_quick = replace(MODELS[0], fits_ram=False)
    (only,) = choices_for([heavy_but_quick, MODELS[1]], TOKENS, Constraints(budget_ms=1)).allowed
    assert (only.candidate.model_id, only.within_budget) == ("m1", False)

import msgspec
import pytest

from sanderling.constraints import Constraints
from sanderling.errors import ModelUnavailable, OutOfMemory
from sanderling.models.candidate import EXPECTED_COMPLETION_TOKENS, PROMPT_OVERHEAD_TOKENS, Candidate
from sanderling.router.choices import choices_for

TOKENS = {"tiny": 96, "small": 160, "medium": 256, "large": 768}
SMALL = Candidate(
    model_id="s",
    rung=0,
    n_ctx=4096,
    fits_ram=True,
    warm=False,
    prefill_tokens_per_s=1000,
    decode_tokens_per_s=100,
    load_ms=200,
)
BIG = Candidate(
    model_id="b", rung=1, n_ctx=4096, fits_ram=True, warm=True, prefill_tokens_per_s=100, decode_tokens_per_s=10
)


def test_prediction_adds_prefill_decode_and_load() -> None:
    expected = 256 + PROMPT_OVERHEAD_TOKENS + 10 * EXPECTED_COMPLETION_TOKENS + 200
    assert SMALL.predicted_ms(256) == pytest.approx(expected)


def test_every_model_and_bin_without_a_budget() -> None:
    assert len(choices_for([SMALL, BIG], TOKENS, Constraints()).allowed) == 8


def test_the_budget_masks() -> None:
    allowed = choices_for([SMALL, BIG], TOKENS, Constraints(budget_ms=800)).allowed
    assert {(choice.candidate.model_id, choice.context_bin) for choice in allowed} == {("s", "tiny")}


def test_the_model_that_is_asked_for_is_the_only_one() -> None:
    choices = choices_for([SMALL, BIG], TOKENS, Constraints(model_id="b", budget_ms=1))
    assert {choice.candidate.model_id for choice in choices.allowed} == {"b"}
    assert {choice.masked for choice in choices.masked if choice.candidate.model_id == "s"} == {
        "another model was asked for"
    }
    with pytest.raises(ModelUnavailable):
        choices_for([SMALL, BIG], TOKENS, Constraints(model_id="absent"))


def test_an_impossible_budget_leaves_the_fastest_and_marks_it() -> None:
    (only,) = choices_for([SMALL, BIG], TOKENS, Constraints(budget_ms=1)).allowed
    assert (only.candidate.model_id, only.context_bin, only.within_budget) == ("s", "tiny", False)


def test_ram_masks_and_nothing_left_is_an_error() -> None:
    tight = msgspec.structs.replace(SMALL, fits_ram=False)
    assert {choice.candidate.model_id for choice in choices_for([tight, BIG], TOKENS, Constraints()).allowed} == {"b"}
    with pytest.raises(OutOfMemory, match="s"):
        choices_for([tight], TOKENS, Constraints())
    with pytest.raises(ModelUnavailable, match="models pull"):
        choices_for([], TOKENS, Constraints())


def test_a_fixed_context_is_kept() -> None:
    assert {c.context_bin for c in choices_for([SMALL, BIG], TOKENS, Constraints(context_bin="medium")).allowed} == {
        "medium"
    }


def test_context_is_bounded_by_the_models_own() -> None:
    short = msgspec.structs.replace(SMALL, n_ctx=512)
    largest = choices_for([short], TOKENS, Constraints()).allowed[-1]
    assert largest.context_tokens == 512 - PROMPT_OVERHEAD_TOKENS - EXPECTED_COMPLETION_TOKENS

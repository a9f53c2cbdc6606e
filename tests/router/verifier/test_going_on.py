from __future__ import annotations

from collections.abc import Sequence

import pytest
from drawn_router import MODELS, TOKENS
from msgspec.structs import replace

from sanderling.constraints import Constraints
from sanderling.models.candidate import Candidate
from sanderling.records import Privacy, Route
from sanderling.router.choices import choices_for
from sanderling.router.verifier.gains import Gain, Gains
from sanderling.router.verifier.going_on import SECOND_WAIT, Step, best_step

ROUTE = Route(
    model_id="m1",
    context_bin="tiny",
    context_tokens=96,
    temperature=0.0,
    top_p=1.0,
    escalate=0.0,
    router="rule",
    reason="",
    predicted_ms=1.0,
)
LARGE = {"m0": 10**9, "m1": 10**9, "m2": 10**9}


def quick(model: Candidate) -> Candidate:
    return replace(model, prefill_tokens_per_s=10_000.0, decode_tokens_per_s=1_000.0)


def step(
    confidence: float,
    *,
    budget_ms: float | None = None,
    spent_ms: float = 0.0,
    more: bool = True,
    models: Sequence[Candidate] = tuple(map(quick, MODELS)),
    gains: Gains | None = None,
    parameters: dict[str, int] = LARGE,
    route: Route = ROUTE,
    tokens: int = 48,
) -> Step | None:
    allowed = choices_for(models, TOKENS, Constraints(budget_ms=budget_ms)).allowed
    return best_step(
        route,
        confidence,
        allowed,
        gains or Gains(),
        parameters,
        spent_ms=spent_ms,
        budget_ms=budget_ms,
        more=more,
        tokens=tokens,
    )


def test_the_context_of_the_same_model_grows_after_a_doubtful_draft_only() -> None:
    found = step(0.1)
    assert found is not None
    assert (found.choice.candidate.model_id, found.choice.context_bin) == ("m1", "large")
    assert found.gain > 0
    assert step(0.95) is None


def test_a_step_has_its_price() -> None:
    # Reads 100 tokens a second in the time that counts: 832 tokens cost 8 seconds of it.
    models = [
        replace(
            model,
            prefill_tokens_per_s=SECOND_WAIT * model.prefill_tokens_per_s,
            decode_tokens_per_s=SECOND_WAIT * model.decode_tokens_per_s,
        )
        for model in MODELS
    ]
    dear = step(0.1, models=models)
    assert dear is not None
    assert dear.choice.context_bin == "medium"
    # An answer of 48 tokens takes 4.8 such seconds to write, one of 500 is not written again.
    assert step(0.1, models=models, tokens=500) is None
    slow = [replace(model, prefill_tokens_per_s=3.0, decode_tokens_per_s=0.3) for model in MODELS]
    assert step(0.1, models=slow) is None


def test_nothing_follows_that_is_not_within_what_is_left_of_the_budget() -> None:
    assert step(0.1, budget_ms=3_000) is not None
    assert step(0.1, budget_ms=3_000, spent_ms=2_990) is None


def test_where_every_note_was_shown_only_a_larger_model_can_follow() -> None:
    assert step(0.1, more=False) is None
    found = step(0.1, more=False, parameters={"m1": 10**8})
    assert found is not None
    assert found.choice.candidate.model_id == "m2"


def test_a_larger_model_takes_any_context() -> None:
    won = Gain(model_id="m1", context_bin="tiny", to_model_id="m2", to_context_bin="medium", at_zero=0.9, at_one=0.1)
    found = step(0.5, gains=Gains([won]))
    assert found is not None
    assert (found.choice.candidate.model_id, found.choice.context_bin) == ("m2", "medium")


def test_a_smaller_model_and_a_smaller_context_never_follow() -> None:
    worse = [
        Gain(model_id="m1", context_bin="medium", to_model_id=to, to_context_bin=bin, at_zero=1.0, at_one=1.0)
        for to, bin in (("m0", "large"), ("m1", "tiny"), ("m1", "medium"))
    ]
    route = replace(ROUTE, context_bin="medium", context_tokens=256)
    assert step(0.99, gains=Gains(worse), route=route) is None


@pytest.mark.parametrize(
    ("privacy", "withheld", "follows"),
    [("local", "", False), ("own", "", False), ("any", "", True), ("any", "a note never leaves", False)],
)
def test_a_model_elsewhere_follows_only_where_it_is_allowed(privacy: Privacy, withheld: str, follows: bool) -> None:
    far = replace(quick(MODELS[0]), model_id="far", tier="edge", trust="third")
    models = (quick(MODELS[1]), far)
    allowed = choices_for(models, TOKENS, Constraints(privacy=privacy), lambda *sent: withheld).allowed
    found = best_step(ROUTE, 0.0, allowed, Gains(), LARGE, spent_ms=0.0, budget_ms=None, more=False)
    assert (found is not None) == follows
    assert follows or not any(choice.candidate.remote for choice in allowed)


def test_a_tier_that_is_too_dear_does_not_follow() -> None:
    def found(cost: float) -> Step | None:
        far = replace(quick(MODELS[0]), model_id="far", trust="own", cost_per_mtok=(cost, cost))
        allowed = choices_for((quick(MODELS[1]), far), TOKENS, Constraints(privacy="own"), lambda *sent: "").allowed
        return best_step(ROUTE, 0.0, allowed, Gains(), LARGE, spent_ms=0.0, budget_ms=None, more=False)

    assert found(0.1) is not None
    assert found(1_000.0) is None

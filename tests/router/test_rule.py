import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sanderling.constraints import Constraints
from sanderling.models.candidate import EXPECTED_COMPLETION_TOKENS, Candidate
from sanderling.records import AttentionResult, Generation, Sampling
from sanderling.router import features
from sanderling.router.choices import choices_for
from sanderling.router.rule import PATIENCE_MS, SLOW_MS, RuleRouter, hops, waits_ms, wanted
from sanderling.router.select import next_larger

TOKENS = {"tiny": 96, "small": 160, "medium": 256, "large": 768}
MODELS = [
    Candidate(
        model_id=name,
        rung=rung,
        n_ctx=4096,
        fits_ram=True,
        warm=False,
        prefill_tokens_per_s=speed,
        decode_tokens_per_s=speed,
    )
    for rung, (name, speed) in enumerate([("s", 1000.0), ("m", 300.0), ("b", 100.0)])
]
SAMPLING = {name: Sampling(temperature=0.1 * (i + 1)) for i, name in enumerate("smb")}
NOTHING = np.zeros(64, np.float32)


ATTENDED = AttentionResult(
    keys=np.zeros(0, np.uint64),
    weights=np.zeros(0, np.float32),
    prior_weights=np.zeros(0, np.float32),
    entropy=0,
    depth_touched=0,
)
ONE_NOTE = {"has_hits": 1, "attention_top3": 0.98, "hits_agreement": 0.6, "query_names": 1}
TWO_HOPS = ONE_NOTE | {"query_multi_hop_cues": 1, "query_names": 4}


def decide(raw: dict[str, float], models=MODELS, **constraints):
    allowed = choices_for(models, TOKENS, Constraints(**constraints)).allowed
    known = features.vector(raw | features.of_candidates(models, TOKENS[features.PRICED]))
    return RuleRouter().decide(known, allowed, ATTENDED, SAMPLING, None).route


def faster(times: float) -> list[Candidate]:
    return [
        replace(
            each,
            prefill_tokens_per_s=each.prefill_tokens_per_s * times,
            decode_tokens_per_s=each.decode_tokens_per_s * times,
        )
        for each in MODELS
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"has_hits": 0}, "tiny"),
        ({"has_hits": 0, "query_multi_hop_cues": 3}, "tiny"),
        (ONE_NOTE, "tiny"),
        (ONE_NOTE | {"query_multi_hop_cues": 1}, "tiny"),
        (ONE_NOTE | {"hits_agreement": 0.2, "query_names": 0, "attention_top3": 0.85}, "tiny"),
        (ONE_NOTE | {"attention_top3": 0.02}, "medium"),
        (ONE_NOTE | {"query_names": 7}, "medium"),
        (ONE_NOTE | {"query_multi_hop_cues": 2}, "medium"),
        (TWO_HOPS, "medium"),
    ],
)
def test_context_follows_from_hop_cues_and_the_spread_of_attention(raw: dict[str, float], expected: str) -> None:
    assert decide(raw).context_bin == expected


def test_a_slow_model_gets_a_tiny_context_whatever_the_question_needs() -> None:
    for added_ms, expected in ((SLOW_MS - 20, "medium"), (SLOW_MS + 20, "tiny")):
        speed = 1000 * (256 - 96) / added_ms
        models = [replace(MODELS[0], prefill_tokens_per_s=speed, decode_tokens_per_s=1000.0)]
        assert decide(TWO_HOPS, models).context_bin == expected


WORDS = st.dictionaries(
    st.sampled_from(["query_multi_hop_cues", "query_names", "attention_top3", "hits_agreement"]), st.floats(0, 1)
)


@given(WORDS, st.sampled_from(["query_multi_hop_cues", "query_names"]), st.integers(1, 6))
def test_more_cues_never_shrink_the_context(raw: dict[str, float], name: str, more: int) -> None:
    seen = [features.vector({"has_hits": 1} | raw | {name: count}) for count in (0, more)]
    assert hops(seen[0]) <= hops(seen[1])
    assert wanted(seen[0], 0) <= wanted(seen[1], 0)


def test_the_largest_quick_model_and_a_named_router() -> None:
    waits = [each.prefill_ms(TOKENS[features.PRICED]) + each.decode_ms(EXPECTED_COMPLETION_TOKENS) for each in MODELS]
    np.testing.assert_allclose(
        waits_ms(features.vector(features.of_candidates(MODELS, TOKENS[features.PRICED])))[:3], waits, rtol=1e-5
    )
    route = decide(ONE_NOTE)
    assert (route.model_id, route.router) == ("b", "rule")
    assert "largest model that is quick enough" in route.reason
    # The largest then takes a second more than patience, the middle one a second less than a third of that.
    slower = faster(waits[2] / (PATIENCE_MS + 1000))
    assert decide(ONE_NOTE, slower).model_id == "m"
    assert decide(ONE_NOTE, faster(0.001)).model_id == "s"


def test_answers_from_notes_are_greedy_and_others_sampled_as_the_model_is_by_default() -> None:
    assert (decide(ONE_NOTE).temperature, decide(ONE_NOTE).top_p) == (0.0, 1.0)
    without = decide({"has_hits": 0})
    assert (without.temperature, without.top_p) == (SAMPLING["b"].temperature, SAMPLING["b"].top_p)


def test_a_budget_shrinks_the_context_and_says_so() -> None:
    route = decide(TWO_HOPS, MODELS[:1], budget_ms=300)
    assert route.context_bin == "small"
    assert "over the budget" in route.reason
    assert "fastest" in decide(ONE_NOTE, budget_ms=1).reason


def generation(text: str) -> Generation:
    return Generation(
        text=text,
        tokens=(),
        finish_reason="stop",
        prompt_tokens=1,
        cached_tokens=0,
        prefill_ms=0,
        decode_ms=0,
        ttft_ms=0,
        rss_bytes=0,
    )


def test_a_context_that_was_asked_for_is_not_called_over_a_budget() -> None:
    route = decide(ONE_NOTE, context_bin="large")
    assert (route.context_bin, "budget" in route.reason) == ("large", False)


def test_only_an_empty_draft_is_refused() -> None:
    router = RuleRouter()
    assert not router.assess(NOTHING, generation("maybe"), None).escalate
    assert router.assess(NOTHING, generation(""), None).escalate


def test_next_larger_climbs_one_rung_within_the_budget() -> None:
    allowed = choices_for(MODELS, TOKENS, Constraints()).allowed
    route = decide(ONE_NOTE, MODELS[:1])
    larger = next_larger(route, allowed, SAMPLING, spent_ms=0, budget_ms=None)
    assert larger is not None
    assert (larger.model_id, larger.escalated_from, larger.context_bin) == ("m", "s", "tiny")
    assert next_larger(route, allowed, SAMPLING, spent_ms=9_000, budget_ms=9_500) is None
    top = next_larger(larger, allowed, SAMPLING, 0, None)
    assert top is not None
    assert next_larger(top, allowed, SAMPLING, 0, None) is None

import numpy as np
import pytest
from msgspec.structs import replace

from sanderling.models.candidate import EXPECTED_COMPLETION_TOKENS, Candidate
from sanderling.records import AttentionResult, Constraints, Generation, Sampling
from sanderling.router import features
from sanderling.router.choices import choices_for
from sanderling.router.rule import PATIENCE_MS, RuleRouter, waits_ms
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


def attended(*weights: float) -> AttentionResult:
    return AttentionResult(
        keys=np.arange(len(weights), dtype=np.uint64),
        weights=np.array(weights, np.float32),
        prior_weights=np.array(weights, np.float32),
        entropy=0,
        depth_touched=0,
    )


def decide(found: AttentionResult, models=MODELS, **constraints):
    allowed = choices_for(models, TOKENS, Constraints(**constraints)).allowed
    known = features.vector(features.of_candidates(models, TOKENS["medium"]))
    return RuleRouter().decide(known, allowed, found, SAMPLING, None).route


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
    ("weights", "expected"),
    [((), "small"), ((0.9, 0.1), "small"), ((0.2,) * 5, "small"), ((0.02,) * 50, "medium")],
)
def test_context_follows_the_retrievals_confidence(weights, expected) -> None:
    assert decide(attended(*weights)).context_bin == expected


def test_the_largest_quick_model_with_its_own_sampling_and_a_named_router() -> None:
    waits = [each.prefill_ms(TOKENS["medium"]) + each.decode_ms(EXPECTED_COMPLETION_TOKENS) for each in MODELS]
    np.testing.assert_allclose(
        waits_ms(features.vector(features.of_candidates(MODELS, TOKENS["medium"])))[:3], waits, rtol=1e-5
    )
    route = decide(attended(1.0))
    assert (route.model_id, route.router, route.temperature) == ("b", "rule", SAMPLING["b"].temperature)
    assert "largest model that is quick enough" in route.reason
    # The largest then takes a second more than patience, the middle one a second less than a third of that.
    slower = faster(waits[2] / (PATIENCE_MS + 1000))
    assert decide(attended(1.0), slower).model_id == "m"
    assert decide(attended(1.0), faster(0.001)).model_id == "s"


def test_a_budget_shrinks_the_context_and_says_so() -> None:
    route = decide(attended(*(0.02,) * 50), MODELS[:1], budget_ms=500)
    assert route.context_bin == "small"
    assert "over the budget" in route.reason
    assert "fastest" in decide(attended(1.0), budget_ms=1).reason


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


def test_only_an_empty_draft_is_refused() -> None:
    router = RuleRouter()
    assert not router.assess(NOTHING, generation("maybe"), None).escalate
    assert router.assess(NOTHING, generation(""), None).escalate


def test_next_larger_climbs_one_rung_within_the_budget() -> None:
    allowed = choices_for(MODELS, TOKENS, Constraints()).allowed
    route = decide(attended(1.0), MODELS[:1])
    larger = next_larger(route, allowed, SAMPLING, spent_ms=0, budget_ms=None)
    assert larger is not None
    assert (larger.model_id, larger.escalated_from, larger.context_bin) == ("m", "s", "small")
    assert next_larger(route, allowed, SAMPLING, spent_ms=9_000, budget_ms=9_500) is None
    top = next_larger(larger, allowed, SAMPLING, 0, None)
    assert top is not None
    assert next_larger(top, allowed, SAMPLING, 0, None) is None

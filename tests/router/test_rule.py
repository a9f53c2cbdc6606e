import numpy as np
import pytest

from sanderling.records import Attended, Constraints, Generation, Sampling
from sanderling.router.candidates import Candidate, choices
from sanderling.router.rule import RuleRouter
from sanderling.stages.route import next_larger

TOKENS = {"small": 256, "medium": 768, "large": 1536}
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


def attended(*weights: float) -> Attended:
    return Attended(
        keys=np.arange(len(weights), dtype=np.uint64), weights=np.array(weights, np.float32), entropy=0, depth_touched=0
    )


def decide(found: Attended, **constraints):
    allowed = choices(MODELS, TOKENS, Constraints(**constraints))
    return RuleRouter().decide(NOTHING, allowed, found, SAMPLING, None).route


@pytest.mark.parametrize(
    ("weights", "expected"),
    [((), "small"), ((0.9, 0.1), "small"), ((0.2,) * 5, "medium"), ((0.02,) * 50, "large")],
)
def test_context_follows_the_retrievals_confidence(weights, expected) -> None:
    assert decide(attended(*weights)).context_bin == expected


def test_the_smallest_model_with_its_own_sampling_and_a_named_router() -> None:
    route = decide(attended(1.0))
    assert (route.model_id, route.router, route.temperature) == ("s", "rule", SAMPLING["s"].temperature)
    assert "smallest model" in route.reason


def test_a_budget_shrinks_the_context_and_says_so() -> None:
    route = decide(attended(*(0.02,) * 50), budget_ms=500)
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
    allowed = choices(MODELS, TOKENS, Constraints())
    route = decide(attended(1.0))
    larger = next_larger(route, allowed, SAMPLING, spent_ms=0, budget_ms=None)
    assert larger is not None
    assert (larger.model_id, larger.escalated_from, larger.context_bin) == ("m", "s", "small")
    assert next_larger(route, allowed, SAMPLING, spent_ms=9_000, budget_ms=9_500) is None
    top = next_larger(larger, allowed, SAMPLING, 0, None)
    assert top is not None
    assert next_larger(top, allowed, SAMPLING, 0, None) is None

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sanderling.constraints import Constraints
from sanderling.device.strain import Strain
from sanderling.models.candidate import Candidate
from sanderling.records import AttentionResult, Generation, RetrievalResult, SearchResult, SearchStats, Token
from sanderling.router import features


def found(n: int) -> RetrievalResult:
    distances = np.linspace(0.1, 0.9, n, dtype=np.float32)
    stats = SearchStats(k=n, mean_distance=0.5, std_distance=0.25, min_distance=0.1, max_distance=0.9)
    weights = np.full(n, 1 / n, dtype=np.float32) if n else np.zeros(0, np.float32)
    keys = np.arange(n, dtype=np.uint64)
    return RetrievalResult(
        vector=np.array([0.6, 0.8], np.float32),
        hits=SearchResult(keys=keys, distances=distances, stats=stats if n else SearchStats()),
        attended=AttentionResult(
            keys=keys, weights=weights, prior_weights=weights, entropy=float(np.log(n)) if n else 0.0, depth_touched=1
        ),
    )


def test_the_table_has_64_uniquely_named_slots() -> None:
    assert len(features.SLOTS) == features.SIZE == len(features.INDEX)


def test_values_land_in_their_slots_normalised() -> None:
    raw = features.of_query("Who wrote the 2 books of the 1920s?") | features.of_retrieval(found(4))
    vector = features.vector(raw)
    at = features.INDEX
    assert vector.dtype == np.float32
    assert vector[at["asked_person"]] == 1
    assert vector[at["asked_time"]] == 0
    assert vector[at["language_english"]] == 1
    assert vector[at["query_digits"]] == pytest.approx(5 / 35)
    assert vector[at["has_hits"]] == 1
    assert vector[at["hits_std_distance"]] == pytest.approx(1)
    assert vector[at["hits_agreement"]] == 1
    assert vector[at["attention_entropy"]] == pytest.approx(1)
    assert vector[at["attention_top3"]] == pytest.approx(0.75)


def test_channels_may_disagree_with_the_vectors() -> None:
    one = found(20)
    attended = replace(one.attended, keys=one.attended.keys[::-1].copy())
    assert features.of_retrieval(replace(one, attended=attended))["hits_agreement"] == 0


def test_the_prior_is_read_whatever_ranked_the_nodes() -> None:
    one = found(20)
    ranked = replace(one.attended, weights=np.linspace(1, 0, 20, dtype=np.float32))
    vectors = [features.vector(features.of_retrieval(each)) for each in (one, replace(one, attended=ranked))]
    assert vectors[0].tobytes() == vectors[1].tobytes()
    assert features.of_retrieval(replace(one, attended=ranked))["attention_top3"] == float(
        one.attended.prior_weights[:3].sum()
    )


def test_what_is_not_known_differs_from_what_is_zero() -> None:
    assert features.of_retrieval(found(0)) == {"has_hits": 0.0}
    assert features.of_embedding(np.ones(3, np.float32), "another-embedder@1") == {"has_components": 0.0}
    at, known = features.INDEX, Strain(headroom_k=0.0, battery=0.5)
    without = features.vector(features.of_request(Constraints(), "board", 2**30))
    with_it = features.vector(features.of_request(Constraints(budget_ms=500), "board", 2**30, known))
    assert [without[at[name]] for name in ("has_budget", "budget", "has_headroom", "battery")] == [0, 0, 0, 0]
    assert [with_it[at[name]] for name in ("has_budget", "has_headroom", "headroom")] == [1, 1, 0]
    assert with_it[at["budget"]] > 0
    assert with_it[at["battery"]] == 0.5
    assert with_it[at["device_class"]] == 0.5


def test_candidates_and_the_turn_before_have_their_slots() -> None:
    fits = Candidate(
        model_id="m", rung=2, n_ctx=4096, fits_ram=True, warm=True, prefill_tokens_per_s=100, decode_tokens_per_s=10
    )
    too_large = replace(fits, rung=3, fits_ram=False, warm=False)
    raw = features.of_candidates([fits, too_large], 768) | features.of_conversation(3, 2, 500)
    vector, at = features.vector(raw), features.INDEX
    assert vector[at["rung2_warm"]] == 1
    assert vector[at["rung2_prefill"]] > vector[at["rung2_decode"]] > 0
    assert vector[at["rung3_prefill"]] == vector[at["rung3_decode"]] == 0
    assert vector[at["previous_model"]] == pytest.approx(3 / 4)
    assert vector[at["cached_tokens"]] > 0


def test_a_draft_and_what_the_second_step_sees_instead() -> None:
    draft = Generation(
        text="the pump",
        tokens=(
            Token(id=1, text="the", logprob=-1.0, margin=2.0, entropy=0.5),
            Token(id=2, text=" pump", logprob=-3.0, margin=4.0, entropy=1.5),
        ),
        finish_reason="length",
        prompt_tokens=1,
        cached_tokens=0,
        prefill_ms=1,
        decode_ms=1,
        ttft_ms=1,
        rss_bytes=1,
    )
    assert features.of_draft(draft, ["Ada keeps the pump."]) == {
        "has_draft": 1.0,
        "draft_mean_logprob": -2.0,
        "draft_min_logprob": -3.0,
        "draft_margin": 3.0,
        "draft_entropy": 1.0,
        "draft_tokens": 2,
        "draft_overlap": 1.0,
        "draft_not_found": 0.0,
    }
    assert features.of_draft(replace(draft, text="", tokens=()), [])["draft_not_found"] == 1.0
    assert features.of_second_step(1, None) == {"previous_model": 2, "has_budget": 0.0, "budget": 0.0}
    assert features.of_second_step(1, -5.0)["budget"] == 0.0


@given(st.text(max_size=400), st.integers(0, 10**9))
def test_any_query_gives_finite_bounded_features(query: str, requests: int) -> None:
    vector = features.vector(features.of_query(query, requests))
    assert np.isfinite(vector).all()
    assert np.abs(vector).max(initial=0) <= 4


def test_a_name_without_a_slot_is_an_error() -> None:
    with pytest.raises(KeyError):
        features.vector({"no_such_slot": 1.0})

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.records import Attended, Constraints, Found, Generation, Hits, SearchStats, Token
from sanderling.router.candidates import Candidate
from sanderling.stages import features


def found(n: int) -> Found:
    distances = np.linspace(0.1, 0.9, n, dtype=np.float32)
    stats = SearchStats(k=n, mean_distance=0.5, std_distance=0.25, min_distance=0.1, max_distance=0.9)
    weights = np.full(n, 1 / n, dtype=np.float32) if n else np.zeros(0, np.float32)
    keys = np.arange(n, dtype=np.uint64)
    return Found(
        vector=np.array([0.6, 0.8], np.float32),
        hits=Hits(keys=keys, distances=distances, stats=stats if n else SearchStats()),
        attended=Attended(keys=keys, weights=weights, entropy=float(np.log(n)) if n else 0.0, depth_touched=1),
    )


def test_the_table_has_64_uniquely_named_slots() -> None:
    assert len(features.SLOTS) == features.SIZE == len(features.INDEX)


def test_values_land_in_their_slots_normalised() -> None:
    raw = features.of_query("Who wrote the 2 books of the 1920s?") | features.of_retrieval(found(4))
    vector = features.vector(raw)
    at = features.INDEX
    assert vector.dtype == np.float32
    assert vector[at["query_who"]] == 1
    assert vector[at["query_when"]] == 0
    assert vector[at["query_digits"]] == pytest.approx(5 / 35)
    assert vector[at["has_hits"]] == 1
    assert vector[at["hits_std_distance"]] == pytest.approx(1)
    assert vector[at["attention_entropy"]] == pytest.approx(1)
    assert vector[at["attention_top3"]] == pytest.approx(0.75)
    assert vector[at["embedding_norm"]] == pytest.approx(1)


def test_nothing_found_is_not_the_same_as_distance_zero() -> None:
    raw = features.of_retrieval(found(0))
    assert raw == {"embedding_norm": pytest.approx(1), "has_hits": 0.0}


def test_unknown_budget_is_explicit() -> None:
    without = features.vector(features.of_request(Constraints(), "board", 2**30))
    with_it = features.vector(features.of_request(Constraints(budget_ms=500), "board", 2**30))
    assert without[features.INDEX["has_budget"]] == 0
    assert with_it[features.INDEX["has_budget"]] == 1
    assert with_it[features.INDEX["budget"]] > 0
    assert with_it[features.INDEX["device_board"]] == 1


def test_candidates_and_draft_have_their_slots() -> None:
    candidate = Candidate(
        model_id="m", rung=2, n_ctx=4096, fits_ram=True, warm=True, prefill_tokens_per_s=100, decode_tokens_per_s=10
    )
    raw = features.of_candidates([candidate], 768) | features.of_conversation(3, 2)
    vector = features.vector(raw)
    assert vector[features.INDEX["rung2_warm"]] == 1
    assert vector[features.INDEX["rung2_previous"]] == 1
    assert vector[features.INDEX["rung1_allowed"]] == 0
    draft = Generation(
        text="x",
        tokens=(Token(id=1, text="x", logprob=-1.0), Token(id=2, text="", logprob=-3.0)),
        finish_reason="length",
        prompt_tokens=1,
        cached_tokens=0,
        prefill_ms=1,
        decode_ms=1,
        ttft_ms=1,
        rss_bytes=1,
    )
    drafted = features.of_draft(draft)
    assert drafted["draft_mean_logprob"] == -2.0
    assert drafted["draft_min_logprob"] == -3.0
    assert drafted["draft_cut"] == 1.0


@given(st.text(max_size=400), st.integers(0, 10**9))
def test_any_query_gives_finite_bounded_features(query: str, requests: int) -> None:
    vector = features.vector(features.of_query(query, requests))
    assert np.isfinite(vector).all()
    assert np.abs(vector).max(initial=0) <= 4


def test_a_name_without_a_slot_is_an_error() -> None:
    with pytest.raises(KeyError):
        features.vector({"no_such_slot": 1.0})

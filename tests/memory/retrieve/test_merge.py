from __future__ import annotations

import numpy as np
import pytest

from sanderling.memory.retrieve.merge import K, merged
from sanderling.records import AttentionResult, RetrievalResult, SearchResult, SearchStats


def found(*keys: int, first: float = 0.9, nearest: tuple[int, ...] | None = None) -> RetrievalResult:
    near = keys if nearest is None else nearest
    weights = np.array([first, *[(1 - first) / max(len(keys) - 1, 1)] * (len(keys) - 1)][: len(keys)], np.float32)
    return RetrievalResult(
        vector=np.array([float(keys[0] if keys else 0)], np.float32),
        hits=SearchResult(
            keys=np.array(near, np.uint64), distances=np.zeros(len(near), np.float32), stats=SearchStats(k=len(near))
        ),
        attended=AttentionResult(
            keys=np.array(keys, np.uint64), weights=weights, prior_weights=weights, entropy=0.5, depth_touched=len(keys)
        ),
    )


def reference(likely: list[int], other: list[int], share: float, near: list[int], far: list[int]) -> list[int]:
    """The definition, one node at a time."""
    channels = ((share, likely), (1 - share, other), (0.35, near), (0.35, far))

    def score(key: int) -> float:
        return sum(weight / (K + keys.index(key) + 1) for weight, keys in channels if key in keys)

    return sorted(dict.fromkeys([*likely, *other]), key=lambda key: -score(key))[: len(likely)]


@pytest.mark.parametrize("share", [0.5, 0.75, 0.8, 1.0])
def test_nodes_are_ordered_by_their_ranks_in_both_readings(share: float) -> None:
    likely, other = [5, 3, 8, 1, 9, 2], [7, 3, 2, 4, 6, 5]
    near, far = [9, 5, 3], [2, 6]
    both = merged(found(*likely, nearest=(9, 77, 5, 3)), found(*other, nearest=(2, 6, 88)), share, 0.35)
    # 77 and 88 are near, but no reading ranks them: they may be left out by a filter.
    assert both.attended.keys.tolist() == reference(likely, other, share, near, far)
    weights = both.attended.weights
    assert weights.sum() == pytest.approx(1, abs=len(likely) * 2**-23) and (np.diff(weights) <= 0).all()
    assert both.vector.tolist() == [5.0] and both.hits.keys.tolist() == [9, 77, 5, 3]
    assert len(both.attended.keys) == len(both.attended.prior_weights)


def test_the_first_of_the_less_likely_reading_is_not_lost() -> None:
    both = merged(found(*range(1, 20)), found(99, 98), 0.75)
    assert both.attended.keys.tolist().index(99) < 8
    assert both.attended.keys[0] == 1


def test_what_is_nearest_to_a_vector_counts_where_attention_ranks_it_low() -> None:
    last = merged(found(*range(1, 20), nearest=(19,)), found(*range(1, 20), nearest=()), 0.75, 0.35)
    assert last.attended.keys.tolist().index(19) < 5


def test_nothing_found_stays_nothing() -> None:
    assert merged(found(), found(), 0.75).attended.keys.tolist() == []

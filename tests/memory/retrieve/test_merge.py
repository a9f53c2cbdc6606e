from __future__ import annotations

import numpy as np
import pytest

from sanderling.memory.retrieve.merge import K, merged
from sanderling.records import AttentionResult, RetrievalResult, SearchResult, SearchStats


def found(*keys: int, first: float = 0.9) -> RetrievalResult:
    weights = np.array([first, *[(1 - first) / max(len(keys) - 1, 1)] * (len(keys) - 1)][: len(keys)], np.float32)
    return RetrievalResult(
        vector=np.array([float(keys[0] if keys else 0)], np.float32),
        hits=SearchResult(
            keys=np.array(keys, np.uint64), distances=np.zeros(len(keys), np.float32), stats=SearchStats(k=len(keys))
        ),
        attended=AttentionResult(
            keys=np.array(keys, np.uint64), weights=weights, prior_weights=weights, entropy=0.5, depth_touched=len(keys)
        ),
    )


def reference(likely: list[int], other: list[int], share: float) -> list[int]:
    """The definition, one node at a time."""

    def score(key: int) -> float:
        return sum(
            weight / (K + keys.index(key) + 1) for weight, keys in ((share, likely), (1 - share, other)) if key in keys
        )

    return sorted(dict.fromkeys([*likely, *other]), key=lambda key: -score(key))[: len(likely)]


@pytest.mark.parametrize("share", [0.5, 0.75, 0.8, 1.0])
def test_nodes_are_ordered_by_their_ranks_in_both_readings(share: float) -> None:
    likely, other = [5, 3, 8, 1, 9, 2], [7, 3, 2, 4, 6, 5]
    both = merged(found(*likely), found(*other), share)
    assert both.attended.keys.tolist() == reference(likely, other, share)
    weights = both.attended.weights
    assert weights.sum() == pytest.approx(1, abs=len(likely) * 2**-23) and (np.diff(weights) <= 0).all()
    assert both.vector.tolist() == [5.0] and both.hits.keys.tolist() == likely
    assert len(both.attended.keys) == len(both.attended.prior_weights)


def test_the_first_of_the_less_likely_reading_is_not_lost() -> None:
    both = merged(found(*range(1, 20)), found(99, 98), 0.75)
    assert both.attended.keys.tolist().index(99) < 8
    assert both.attended.keys[0] == 1


def test_nothing_found_stays_nothing() -> None:
    assert merged(found(), found(), 0.75).attended.keys.tolist() == []

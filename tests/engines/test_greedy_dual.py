from __future__ import annotations

import pytest

from sanderling.engines.greedy_dual import GreedyDual


def order(*things: tuple[str, float, int]) -> GreedyDual[str]:
    dual: GreedyDual[str] = GreedyDual()
    for key, cost_ms, size_bytes in things:
        dual.use(key, cost_ms, size_bytes)
    return dual


def test_what_is_cheap_for_its_bytes_goes_first() -> None:
    assert order(("dear", 1000, 10), ("cheap", 10, 10), ("large", 1000, 10_000)).least() == "large"


def test_among_equals_the_one_used_longest_ago_goes_first() -> None:
    dual = order(("a", 1, 1), ("b", 1, 1))
    assert dual.least() == "a"
    dual.use("a", 1, 1)
    assert dual.least() == "b"


def test_what_nobody_uses_any_more_sinks_however_dear_it_was() -> None:
    dual = order(("dear", 5, 1))
    for round in range(10):
        dual.use(f"other {round}", 1, 1)
        if dual.least() == "dear":
            break
        dual.evict(dual.least())
    assert dual.least() == "dear"
    assert round > 2  # and yet it was kept for longer than a cheap one


def test_forgotten_things_are_not_offered() -> None:
    dual = order(("a", 1, 1))
    dual.forget("a")
    dual.forget("never there")
    with pytest.raises(ValueError, match="empty"):
        dual.least()

"""The smallest model that is not worse than the best by more than the margin, in made-up scores."""

from __future__ import annotations

import pytest

from sanderling.bench_device.tasks.choose import MARGIN, Candidate, choose, viable

TASKS = 40


def candidate(name: str, size: int, scores: list[float], ms: float = 10.0, template="standard") -> Candidate:
    return Candidate(name, size, template, tuple(scores), (ms,) * len(scores))


HALF = [1.0, 0.0] * (TASKS // 2)


def test_an_equal_smaller_model_is_chosen() -> None:
    chosen = choose([candidate("large", 9, HALF), candidate("small", 1, HALF)], seed=0)
    assert chosen is not None
    assert chosen.model_id == "small"


def test_how_hard_a_task_is_cancels() -> None:
    # Either interval alone is .3 wide; the differences are all .01.
    small = [max(0.0, each - 0.01) for each in HALF]
    assert choose([candidate("large", 9, HALF), candidate("small", 1, small)], seed=0).model_id == "small"


def test_a_model_that_may_be_worse_by_more_is_not() -> None:
    # As good on average, but by luck: where one is right the other is wrong.
    other = [1 - each for each in HALF]
    large = [*HALF[:-1], 1.0]
    assert choose([candidate("large", 9, large), candidate("small", 1, other)], seed=0).model_id == "large"
    worse = [each - 2 * MARGIN for each in [1.0] * TASKS]
    assert choose([candidate("large", 9, [1.0] * TASKS), candidate("small", 1, worse)], seed=0).model_id == "large"


def test_of_the_viable_templates_of_a_model_the_quicker_is_chosen() -> None:
    slow, quick = candidate("small", 1, HALF, 20.0), candidate("small", 1, HALF, 10.0, "minimal")
    assert choose([slow, quick], seed=0) is quick
    assert viable([slow, quick], seed=0) == [slow, quick]


def test_none_is_chosen_where_no_model_can_do_it() -> None:
    nothing = [0.0] * TASKS
    assert choose([candidate("large", 9, nothing), candidate("small", 1, nothing)], seed=0) is None
    once = [0.1, *nothing[1:]]
    assert choose([candidate("large", 9, once)], seed=0) is None  # its interval reaches 0


def test_unequal_numbers_of_tasks_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        choose([candidate("large", 9, HALF), candidate("small", 1, HALF[:-1])], seed=0)
